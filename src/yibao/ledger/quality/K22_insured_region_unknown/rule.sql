-- A ledger without any region has no tree to be missing from.
with odd as (
  select
    e.encounter_id, e.person_id, e.institution_id, e.admitted_on,
    case
      when e.insured_region is null or home.region_code is null then 'insured_region'
      else 'care_region'
    end as column_name,
    case
      when e.insured_region is null then 'unknown'
      when home.region_code is null then e.insured_region
      else coalesce(e.care_region, 'unknown')
    end as value
  from encounter_region e
  left join region home on home.region_code = e.insured_region
  left join region care on care.region_code = e.care_region
  where (home.region_code is null or care.region_code is null)
    and exists (select 1 from region)
)
select
  o.admitted_on as occurred_on, o.institution_id, o.person_id, 'encounter' as ref_table, o.encounter_id as ref_id,
  o.column_name, o.value, cast(sum(s.total_amount) as bigint) as amount
from odd o
left join settlement s on s.encounter_id = o.encounter_id
group by o.admitted_on, o.institution_id, o.person_id, o.encounter_id, o.column_name, o.value
