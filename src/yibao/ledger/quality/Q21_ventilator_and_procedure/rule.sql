-- The second direction is judged only at institutions that upload list details at all.
with senders as (
  select distinct e.institution_id
  from list_detail d
  join encounter e on e.encounter_id = d.encounter_id
),
hours as (
  select encounter_id, min(sequence) as sequence, max(value) as value
  from list_detail
  where kind = 'ventilator' and value > 0
  group by encounter_id
),
ventilations as (
  select encounter_id, min(sequence) as sequence, min(code) as code
  from procedure
  where regexp_matches(code, $codes)
  group by encounter_id
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, e.person_id,
  'list_detail' as ref_table, h.encounter_id || '|ventilator|' || cast(h.sequence as varchar) as ref_id,
  'value' as column_name, cast(h.value as varchar) as value, cast(null as bigint) as amount
from hours h
join encounter e on e.encounter_id = h.encounter_id
where not exists (select 1 from ventilations v where v.encounter_id = h.encounter_id)
union all
select
  cast(e.admitted_at as date), e.institution_id, e.person_id,
  'procedure', v.encounter_id || '|' || cast(v.sequence as varchar), 'code', v.code, cast(null as bigint)
from ventilations v
join encounter e on e.encounter_id = v.encounter_id
join senders s on s.institution_id = e.institution_id
where e.kind in ('21', '22', '23', '24', '52')
  and not exists (select 1 from hours h where h.encounter_id = v.encounter_id)
