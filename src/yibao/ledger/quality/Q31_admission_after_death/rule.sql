-- The value shown is the institution's own: when the person came back, elsewhere perhaps, is not for it to know.
with deaths as (
  select encounter_id, person_id, institution_id, admitted_at, discharged_at, readmission_planned
  from encounter
  where kind in ('21', '22', '23', '24', '52') and discharge_way = '5'
),
later as (
  select distinct d.encounter_id
  from deaths d
  join encounter e on e.person_id = d.person_id and e.encounter_id <> d.encounter_id
  where e.kind in ('21', '22', '23', '24', '52') and e.admitted_at > d.discharged_at
)
select
  cast(d.admitted_at as date) as occurred_on, d.institution_id, d.person_id,
  'encounter' as ref_table, d.encounter_id as ref_id, 'discharge_way' as column_name,
  '5' as value, cast(null as bigint) as amount
from deaths d
join later l on l.encounter_id = d.encounter_id
union all
select
  cast(admitted_at as date), institution_id, person_id, 'encounter', encounter_id, 'readmission_planned', '1',
  cast(null as bigint)
from deaths
where readmission_planned
