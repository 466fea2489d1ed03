select
  cast(admitted_at as date) as occurred_on, institution_id, person_id,
  'encounter' as ref_table, encounter_id as ref_id, 'readmission_purpose' as column_name,
  readmission_purpose as value, cast(null as bigint) as amount
from encounter
where kind in ('21', '22', '23', '24', '52') and readmission_planned
  and (
    length(trim(coalesce(readmission_purpose, ''))) < $fewest_letters
    or not regexp_matches(readmission_purpose, '[^-—/.,，。、 0-9]')
  )
