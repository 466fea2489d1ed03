-- A TCM disease and syndrome carry a flag of their own beside the western main diagnosis. Where the source sends no
-- flag at all, nothing can be said.
with flags as (
  select
    encounter_id, max(person_id) as person_id, count(*) as diagnoses, count(case when is_main then 1 end) as mains
  from diagnosis
  where coalesce(kind, '') not in ('2', '3')
  group by encounter_id
  having count(is_main) > 0 and count(case when is_main then 1 end) <> 1
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, f.person_id,
  'encounter' as ref_table, f.encounter_id as ref_id, 'is_main' as column_name,
  cast(f.mains as varchar) as value, cast(null as bigint) as amount
from flags f
left join encounter e on e.encounter_id = f.encounter_id
