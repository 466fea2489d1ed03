-- A stay whose charges were not sent cannot be judged. The few stays with such a list entry narrow the charges first.
with details as (
  select encounter_id, min(sequence) as sequence, max(value) as value
  from list_detail
  where kind = 'icu' and (value is null or value > 0)
  group by encounter_id
),
charged as (
  select encounter_id,
    cast(
      sum(
        case when charge_type = $bed_type and regexp_matches(upper(item_name), $words) then amount else 0 end
      ) as bigint
    ) as amount
  from charge_line
  where encounter_id in (select encounter_id from details)
  group by encounter_id
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, e.person_id,
  'list_detail' as ref_table, d.encounter_id || '|icu|' || cast(d.sequence as varchar) as ref_id,
  'begin_at' as column_name, cast(d.value as varchar) as value,
  cast(null as bigint) as amount
from details d
join charged c on c.encounter_id = d.encounter_id
join encounter e on e.encounter_id = d.encounter_id
where c.amount <= 0
