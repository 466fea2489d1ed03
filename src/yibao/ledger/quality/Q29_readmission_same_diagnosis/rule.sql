-- Only the stay just before is looked at. Planned courses (chemotherapy, dialysis) return by design, and a transfer
-- continues one illness elsewhere.
with stays as (
  select
    encounter_id, person_id, institution_id, admitted_at, substr(upper(main_diagnosis), 1, 3) as category,
    lag(discharged_at) over (partition by person_id order by admitted_at, encounter_id) as left_at,
    lag(discharge_way) over (partition by person_id order by admitted_at, encounter_id) as left_by,
    lag(substr(upper(main_diagnosis), 1, 3)) over (partition by person_id order by admitted_at, encounter_id)
      as left_with
  from encounter
  where kind in ('21', '22', '23', '24', '52')
)
select
  cast(admitted_at as date) as occurred_on, institution_id, person_id,
  'encounter' as ref_table, encounter_id as ref_id, 'main_diagnosis' as column_name,
  category as value, cast(null as bigint) as amount
from stays
where category = left_with
  and coalesce(left_by, '') <> '2'
  and not regexp_matches(category, $planned)
  and date_diff('day', cast(left_at as date), cast(admitted_at as date)) between 0 and $window_days
