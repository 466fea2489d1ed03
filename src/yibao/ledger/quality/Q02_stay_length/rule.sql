with stays as (
  select
    encounter_id, institution_id, person_id, admitted_at,
    date_diff('day', cast(admitted_at as date), cast(discharged_at as date)) as days
  from encounter
  where kind in ('21', '22', '23', '24', '52') and discharged_at >= admitted_at
)
select
  cast(admitted_at as date) as occurred_on, institution_id, person_id,
  'encounter' as ref_table, encounter_id as ref_id, 'discharged_at' as column_name,
  cast(days as varchar) as value, cast(null as bigint) as amount
from stays
where days = 0 or days > $longest
