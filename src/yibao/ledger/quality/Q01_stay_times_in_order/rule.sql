-- Settlement is compared by day: cashiers close a bill in the hours before the patient leaves the ward. Interim bills
-- come before discharge by nature, so only the last bill of a stay counts.
with bills as (
  select encounter_id, max(settled_at) as settled_at
  from settlement
  where reversed_settlement_id is null
  group by encounter_id
),
visits as (
  select e.encounter_id, e.person_id, e.institution_id, e.kind, e.admitted_at, e.discharged_at, b.settled_at
  from encounter e
  left join bills b on b.encounter_id = e.encounter_id
)
select
  cast(admitted_at as date) as occurred_on, institution_id, person_id,
  'encounter' as ref_table, encounter_id as ref_id, 'discharged_at' as column_name,
  cast(discharged_at as varchar) as value, cast(null as bigint) as amount
from visits
where discharged_at < admitted_at
union all
select
  cast(admitted_at as date), institution_id, person_id,
  'encounter', encounter_id, 'settled_at', cast(settled_at as varchar), cast(null as bigint)
from visits
where cast(settled_at as date) < cast(admitted_at as date)
  or (kind in ('21', '22', '23', '24', '52') and cast(settled_at as date) < cast(discharged_at as date))
