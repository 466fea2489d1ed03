select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, e.person_id,
  'encounter' as ref_table, e.encounter_id as ref_id, 'admitted_at' as column_name,
  cast(p.birth_date as varchar) as value, cast(null as bigint) as amount
from encounter e
join person p on p.person_id = e.person_id
where cast(e.admitted_at as date) < p.birth_date
  or year(e.admitted_at) - year(p.birth_date) > $oldest
