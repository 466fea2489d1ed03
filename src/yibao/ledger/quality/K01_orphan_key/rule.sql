-- One issue per missing key, shown by the first row that names it. When a source sent a table not at all, that is one
-- gap, not one per row: the key is then written as *. Charge lines are many: one pass looks up all their keys.
with unmatched_lines as (
  select
    c.line_id, c.institution_id, c.person_id, c.charged_at, c.amount,
    case when e.encounter_id is null then c.encounter_id end as encounter_id_missing,
    case when s.settlement_id is null then c.settlement_id end as settlement_id_missing,
    case when i.institution_id is null then c.institution_id end as institution_id_missing,
    case when o.order_id is null then c.order_id end as order_id_missing
  from charge_line c
  left join encounter e on e.encounter_id = c.encounter_id
  left join settlement s on s.settlement_id = c.settlement_id
  left join institution i on i.institution_id = c.institution_id
  left join medical_order o on o.order_id = c.order_id
  where (e.encounter_id is null and c.encounter_id is not null)
    or (s.settlement_id is null and c.settlement_id is not null)
    or (i.institution_id is null and c.institution_id is not null)
    or (o.order_id is null and c.order_id is not null)
),
links as (
  select
    'encounter' as ref_table, 'person_id' as column_name, 'person' as parent, c.encounter_id as ref_id,
    c.person_id as missing, c.institution_id as institution_id, c.person_id as person_id,
    cast(c.admitted_at as date) as occurred_on, cast(null as bigint) as amount
  from encounter c
  where c.person_id is not null
    and not exists (select 1 from person p where p.person_id = c.person_id)
  union all
  select
    'encounter', 'institution_id', 'institution', c.encounter_id, c.institution_id, c.institution_id, c.person_id,
    cast(c.admitted_at as date), null
  from encounter c
  where c.institution_id is not null
    and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  union all
  select
    'settlement', 'encounter_id', 'encounter', c.settlement_id, c.encounter_id, c.institution_id, c.person_id,
    cast(c.settled_at as date), c.total_amount
  from settlement c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'settlement', 'institution_id', 'institution', c.settlement_id, c.institution_id, c.institution_id,
    c.person_id, cast(c.settled_at as date), c.total_amount
  from settlement c
  where c.institution_id is not null
    and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  union all
  select
    'settlement_layer', 'settlement_id', 'settlement', c.settlement_id || '|' || c.layer, c.settlement_id, null,
    c.person_id, null, c.amount
  from settlement_layer c
  where c.settlement_id is not null
    and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  union all
  select
    'charge_line', 'encounter_id', 'encounter', line_id, encounter_id_missing, institution_id, person_id,
    cast(charged_at as date), amount
  from unmatched_lines
  where encounter_id_missing is not null
  union all
  select
    'charge_line', 'settlement_id', 'settlement', line_id, settlement_id_missing, institution_id, person_id,
    cast(charged_at as date), amount
  from unmatched_lines
  where settlement_id_missing is not null
  union all
  select
    'charge_line', 'institution_id', 'institution', line_id, institution_id_missing, institution_id, person_id,
    cast(charged_at as date), amount
  from unmatched_lines
  where institution_id_missing is not null
  union all
  select
    'charge_line', 'order_id', 'medical_order', line_id, order_id_missing, institution_id, person_id,
    cast(charged_at as date), amount
  from unmatched_lines
  where order_id_missing is not null
  union all
  select
    'diagnosis', 'encounter_id', 'encounter', c.encounter_id || '|' || cast(c.sequence as varchar), c.encounter_id,
    null, c.person_id, null, null
  from diagnosis c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'procedure', 'encounter_id', 'encounter', c.encounter_id || '|' || cast(c.sequence as varchar), c.encounter_id,
    null, c.person_id, null, null
  from procedure c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'medical_order', 'encounter_id', 'encounter', c.order_id, c.encounter_id, c.institution_id, c.person_id,
    cast(c.begin_at as date), null
  from medical_order c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'execution', 'encounter_id', 'encounter', c.execution_id, c.encounter_id, null, c.person_id,
    cast(c.executed_at as date), null
  from execution c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'execution', 'order_id', 'medical_order', c.execution_id, c.order_id, null, c.person_id,
    cast(c.executed_at as date), null
  from execution c
  where c.order_id is not null
    and not exists (select 1 from medical_order p where p.order_id = c.order_id)
  union all
  select
    'prescription', 'encounter_id', 'encounter', c.prescription_id || '|' || c.item_code, c.encounter_id,
    c.institution_id, c.person_id, cast(c.issued_at as date), null
  from prescription c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'exam_report', 'encounter_id', 'encounter', c.report_id, c.encounter_id, c.institution_id, c.person_id,
    cast(c.examined_at as date), null
  from exam_report c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'exam_report', 'order_id', 'medical_order', c.report_id, c.order_id, c.institution_id, c.person_id,
    cast(c.examined_at as date), null
  from exam_report c
  where c.order_id is not null
    and not exists (select 1 from medical_order p where p.order_id = c.order_id)
  union all
  select
    'lab_result', 'report_id', 'exam_report', c.report_id || '|' || c.analyte, c.report_id, null, c.person_id,
    null, null
  from lab_result c
  where c.report_id is not null
    and not exists (select 1 from exam_report p where p.report_id = c.report_id)
  union all
  select
    'leave_checkin', 'encounter_id', 'encounter', c.event_id, c.encounter_id, null, c.person_id,
    cast(c.begin_at as date), null
  from leave_checkin c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'list_detail', 'encounter_id', 'encounter',
    c.encounter_id || '|' || c.kind || '|' || cast(c.sequence as varchar), c.encounter_id, null, c.person_id, null,
    null
  from list_detail c
  where c.encounter_id is not null
    and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  union all
  select
    'drug_trace', 'settlement_id', 'settlement', c.move_id, c.settlement_id, c.institution_id, c.person_id,
    cast(c.sold_at as date), null
  from drug_trace c
  where c.settlement_id is not null
    and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  union all
  select
    'drug_trace', 'institution_id', 'institution', c.move_id, c.institution_id, c.institution_id, c.person_id,
    cast(c.sold_at as date), null
  from drug_trace c
  where c.institution_id is not null
    and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  union all
  select
    'invoice', 'settlement_id', 'settlement', c.invoice_id, c.settlement_id, c.institution_id, c.person_id,
    cast(c.issued_on as date), c.amount
  from invoice c
  where c.settlement_id is not null
    and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  union all
  select
    'stock_move', 'institution_id', 'institution', c.move_id, c.institution_id, c.institution_id, null,
    cast(c.moved_on as date), c.amount
  from stock_move c
  where c.institution_id is not null
    and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  union all
  select
    'enrolment', 'person_id', 'person', c.enrolment_id, c.person_id, null, c.person_id, cast(c.begin_date as date),
    null
  from enrolment c
  where c.person_id is not null
    and not exists (select 1 from person p where p.person_id = c.person_id)
  union all
  select
    'contribution', 'person_id', 'person', c.contribution_id, c.person_id, null, c.person_id,
    cast(c.month as date), c.amount
  from contribution c
  where c.person_id is not null
    and not exists (select 1 from person p where p.person_id = c.person_id)
  union all
  select
    'account', 'person_id', 'person', c.move_id, c.person_id, null, c.person_id, cast(c.moved_at as date), c.amount
  from account c
  where c.person_id is not null
    and not exists (select 1 from person p where p.person_id = c.person_id)
  union all
  select
    'staff', 'institution_id', 'institution', c.staff_id, c.institution_id, c.institution_id, null, null, null
  from staff c
  where c.institution_id is not null
    and not exists (select 1 from institution p where p.institution_id = c.institution_id)
),
parents as (
  select 'encounter' as parent, count(*) as held from encounter
  union all
  select 'exam_report', count(*) from exam_report
  union all
  select 'institution', count(*) from institution
  union all
  select 'medical_order', count(*) from medical_order
  union all
  select 'person', count(*) from person
  union all
  select 'settlement', count(*) from settlement
),
keyed as (
  select
    l.ref_table, l.column_name, l.ref_id, case when p.held = 0 then '*' else l.missing end as missing,
    l.institution_id, l.person_id, l.occurred_on, l.amount
  from links l
  join parents p on p.parent = l.parent
)
select
  max(occurred_on) as occurred_on, max(institution_id) as institution_id, max(person_id) as person_id,
  ref_table, min(ref_id) as ref_id, column_name, missing as value, cast(sum(amount) as bigint) as amount
from keyed
group by ref_table, column_name, missing
