-- Judged only at institutions that upload settlement lists at all; elsewhere no list could hold the weight.
with senders as (
  select distinct e.institution_id
  from list_detail d
  join encounter e on e.encounter_id = d.encounter_id
),
newborns as (
  select e.encounter_id, e.person_id, e.institution_id, e.admitted_at
  from encounter e
  join person p on p.person_id = e.person_id
  where e.kind in ('21', '22', '23', '24', '52')
    and date_diff('day', p.birth_date, cast(e.admitted_at as date)) between 0 and $newborn_days
)
select
  cast(n.admitted_at as date) as occurred_on, n.institution_id, n.person_id,
  'encounter' as ref_table, n.encounter_id as ref_id, 'newborn_weight' as column_name,
  cast(null as varchar) as value, cast(null as bigint) as amount
from newborns n
join senders s on s.institution_id = n.institution_id
where not exists (select 1 from list_detail d where d.encounter_id = n.encounter_id and d.kind = 'newborn')
union all
select
  cast(e.admitted_at as date), e.institution_id, d.person_id,
  'list_detail', d.encounter_id || '|newborn|' || cast(d.sequence as varchar), 'value',
  cast(d.value as varchar), cast(null as bigint)
from list_detail d
left join encounter e on e.encounter_id = d.encounter_id
where d.kind = 'newborn' and (d.value is null or d.value not between $lightest and $heaviest)
