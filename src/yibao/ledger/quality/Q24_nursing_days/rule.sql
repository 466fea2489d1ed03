with nursing as (
  select encounter_id, max(person_id) as person_id, cast(sum(value) as bigint) as days
  from list_detail
  where kind = 'nursing'
  group by encounter_id
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, n.person_id,
  'encounter' as ref_table, n.encounter_id as ref_id, 'nursing_days' as column_name,
  cast(n.days // 1000 as varchar) as value, cast(null as bigint) as amount
from nursing n
join encounter e on e.encounter_id = n.encounter_id
where n.days
  > (date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date)) + $extra_days) * 1000
