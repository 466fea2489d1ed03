-- The same operation at two times is two operations, so the time belongs to a procedure's identity.
with diagnoses as (
  select encounter_id, code, max(sequence) as sequence, max(person_id) as person_id
  from diagnosis
  group by encounter_id, code
  having count(*) > 1
),
procedures as (
  select encounter_id, code, begin_at, max(sequence) as sequence, max(person_id) as person_id
  from procedure
  group by encounter_id, code, begin_at
  having count(*) > 1
),
twice as (
  select 'diagnosis' as ref_table, encounter_id, code, sequence, person_id from diagnoses
  union all
  select 'procedure', encounter_id, code, sequence, person_id from procedures
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, t.person_id,
  t.ref_table, t.encounter_id || '|' || cast(t.sequence as varchar) as ref_id, 'code' as column_name,
  t.code as value, cast(null as bigint) as amount
from twice t
left join encounter e on e.encounter_id = t.encounter_id
