with deaths as (
  select encounter_id, person_id, institution_id, discharged_at
  from encounter
  where kind in ('21', '22', '23', '24', '52') and discharge_way = '5' and discharged_at is not null
),
later as (
  select d.encounter_id, min(e.admitted_at) as admitted_at
  from deaths d
  join encounter e on e.person_id = d.person_id and e.encounter_id <> d.encounter_id
  where e.kind in ('21', '22', '23', '24', '52') and e.admitted_at > d.discharged_at
  group by d.encounter_id
)
select
  cast(d.discharged_at as date) as occurred_on, d.institution_id, d.person_id,
  'encounter' as ref_table, d.encounter_id as ref_id, 'discharge_way' as column_name,
  cast(cast(l.admitted_at as date) as varchar) as value, cast(null as bigint) as amount
from deaths d
join later l on l.encounter_id = d.encounter_id
