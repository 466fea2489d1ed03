-- Without a flag, or with a place that the tree does not know, nothing can contradict.
with odd as (
  select
    encounter_id, person_id, institution_id, admitted_on,
    case when out_of_region then 'flag_without_crossing' else 'crossing_without_flag' end as value
  from encounter_region
  where (out_of_region and crossing in ('same_county', 'same_pool'))
    or (not out_of_region and crossing in ('same_province', 'cross_province'))
)
select
  o.admitted_on as occurred_on, o.institution_id, o.person_id, 'encounter' as ref_table, o.encounter_id as ref_id,
  'out_of_region' as column_name, o.value, cast(sum(s.total_amount) as bigint) as amount
from odd o
left join settlement s on s.encounter_id = o.encounter_id
group by o.admitted_on, o.institution_id, o.person_id, o.encounter_id, o.value
