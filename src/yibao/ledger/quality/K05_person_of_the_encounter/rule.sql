-- The history of a person is read by person: a record under another person is missing from one and alien to the other.
select
  cast(c.settled_at as date) as occurred_on, c.institution_id as institution_id, c.person_id as person_id,
  'settlement' as ref_table, c.settlement_id as ref_id, 'person_id' as column_name, c.person_id as value,
  c.total_amount as amount
from settlement c
join encounter e on e.encounter_id = c.encounter_id
where c.person_id <> e.person_id
union all
select
  cast(c.charged_at as date), c.institution_id, c.person_id, 'charge_line', c.line_id, 'person_id', c.person_id,
  c.amount
from charge_line c
join encounter e on e.encounter_id = c.encounter_id
where c.person_id <> e.person_id
union all
select
  cast(e.admitted_at as date), e.institution_id, c.person_id, 'diagnosis',
  c.encounter_id || '|' || cast(c.sequence as varchar), 'person_id', c.person_id, cast(null as bigint)
from diagnosis c
join encounter e on e.encounter_id = c.encounter_id
where c.person_id <> e.person_id
union all
select
  cast(e.admitted_at as date), e.institution_id, c.person_id, 'procedure',
  c.encounter_id || '|' || cast(c.sequence as varchar), 'person_id', c.person_id, cast(null as bigint)
from procedure c
join encounter e on e.encounter_id = c.encounter_id
where c.person_id <> e.person_id
union all
select
  cast(c.begin_at as date), c.institution_id, c.person_id, 'medical_order', c.order_id, 'person_id', c.person_id,
  cast(null as bigint)
from medical_order c
join encounter e on e.encounter_id = c.encounter_id
where c.person_id <> e.person_id
union all
select
  cast(c.examined_at as date), c.institution_id, c.person_id, 'exam_report', c.report_id, 'person_id', c.person_id,
  cast(null as bigint)
from exam_report c
join encounter e on e.encounter_id = c.encounter_id
where c.person_id <> e.person_id
