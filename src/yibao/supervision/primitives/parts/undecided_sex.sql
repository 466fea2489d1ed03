-- Persons whose diagnoses say that their sex is undecided or was changed.
-- Patterns are tried on the few distinct codes, not on every diagnosis.
undecided_code as (
    select code
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $sex_diagnoses)
),

undecided_sex as (
    select distinct person_id from diagnosis where code in (select code from undecided_code)
),
