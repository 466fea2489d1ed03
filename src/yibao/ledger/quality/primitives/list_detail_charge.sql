-- An entry of the settlement list without the charge that goes with it: a $detail_kind for which nothing named by $words
-- is charged under $charge_types. A stay whose charges were not sent cannot be judged. The few stays with such an entry
-- narrow the charges first.
with details as (
  select encounter_id, min(sequence) as sequence, max(value) as value
  from list_detail
  where kind = $detail_kind and (value is null or value > 0)
  group by encounter_id
),
charged as (
  select encounter_id,
    cast(
      sum(
        case
          when regexp_matches(coalesce(charge_type, ''), $charge_types) and regexp_matches(upper(item_name), $words)
            then amount
          else 0
        end
      ) as bigint
    ) as amount
  from charge_line
  where encounter_id in (select encounter_id from details)
  group by encounter_id
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, e.person_id,
  'list_detail' as ref_table, d.encounter_id || '|' || $detail_kind || '|' || cast(d.sequence as varchar) as ref_id,
  'value' as column_name, cast(d.value as varchar) as value, cast(null as bigint) as amount
from details d
join charged c on c.encounter_id = d.encounter_id
join encounter e on e.encounter_id = d.encounter_id
where c.amount <= 0
