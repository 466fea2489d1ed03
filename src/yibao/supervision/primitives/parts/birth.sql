-- A newborn is billed on, and written into, the record of the mother: the encounters that tell of a birth or a newborn.
-- Patterns are tried on the few distinct codes, not on every diagnosis.
birth_code as (
    select code
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $birth_diagnoses)
),

birth as (
    select encounter_id from diagnosis where code in (select code from birth_code)
    union
    select encounter_id from list_detail where kind = 'newborn'
),
