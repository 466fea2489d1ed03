-- The record with the smallest id counts as the first; the value shown is that id, never the certificate number.
with persons as (
  select person_id, min(person_id) over (partition by upper(trim(id_number)), coalesce(id_type, '')) as first_id
  from person
  where id_number is not null
),
visits as (
  select
    encounter_id, person_id, institution_id, admitted_at,
    min(encounter_id) over (
      partition by person_id, institution_id, kind, admitted_at, coalesce(department, ''), coalesce(staff_id, ''),
        coalesce(main_diagnosis, '')
    ) as first_id
  from encounter
),
bills as (
  select
    settlement_id, person_id, institution_id, settled_at, total_amount,
    min(settlement_id) over (partition by encounter_id, settled_at, total_amount) as first_id
  from settlement
  where reversed_settlement_id is null
    and settlement_id not in (
      select reversed_settlement_id from settlement where reversed_settlement_id is not null
    )
)
select
  cast(null as date) as occurred_on, cast(null as varchar) as institution_id, person_id,
  'person' as ref_table, person_id as ref_id, 'id_number' as column_name, first_id as value,
  cast(null as bigint) as amount
from persons
where person_id <> first_id
union all
select
  cast(admitted_at as date), institution_id, person_id,
  'encounter', encounter_id, 'encounter_id', first_id, cast(null as bigint)
from visits
where encounter_id <> first_id
union all
select
  cast(settled_at as date), institution_id, person_id,
  'settlement', settlement_id, 'settlement_id', first_id, total_amount
from bills
where settlement_id <> first_id
