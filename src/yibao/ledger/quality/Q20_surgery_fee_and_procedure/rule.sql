-- Judged only at institutions that upload procedures at all, and for stays whose charges are there.
with senders as (
  select distinct e.institution_id
  from procedure o
  join encounter e on e.encounter_id = o.encounter_id
),
fees as (
  select encounter_id, cast(sum(amount) as bigint) as amount
  from charge_line
  where charge_type = $surgery_type
  group by encounter_id
  having cast(sum(amount) as bigint) > 0
),
operated as (
  select o.encounter_id, min(o.sequence) as sequence
  from procedure o
  join encounter e on e.encounter_id = o.encounter_id
  where o.kind = $surgery_kind and e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
  group by o.encounter_id
),
charged as (
  select l.encounter_id,
    cast(sum(case when l.charge_type = $surgery_type or l.item_name like '%麻醉%' then l.amount else 0 end) as bigint)
      as amount
  from charge_line l
  where l.encounter_id in (select encounter_id from operated)
  group by l.encounter_id
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, e.person_id,
  'encounter' as ref_table, e.encounter_id as ref_id, 'procedure' as column_name,
  cast(f.amount as varchar) as value, f.amount
from fees f
join encounter e on e.encounter_id = f.encounter_id
join senders s on s.institution_id = e.institution_id
where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
  and not exists (select 1 from procedure o where o.encounter_id = f.encounter_id)
union all
select
  cast(e.admitted_at as date), e.institution_id, e.person_id,
  'procedure', o.encounter_id || '|' || cast(o.sequence as varchar), 'surgery_fee', cast(c.amount as varchar), 0
from operated o
join charged c on c.encounter_id = o.encounter_id
join encounter e on e.encounter_id = o.encounter_id
where c.amount <= 0
