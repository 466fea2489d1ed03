-- Generated from the contracts by `python -m yibao.ledger.generate`: what is counted stands in ledger/generated_sql.py.
-- A table of one batch has nothing to compare it with and gives no rows.
with batches_of_encounter as (
  select batch_id, max(recorded_at) as recorded_at
  from encounter
  group by batch_id
),
newest_encounter as (
  select batch_id
  from batches_of_encounter
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_settlement as (
  select batch_id, max(recorded_at) as recorded_at
  from settlement
  group by batch_id
),
newest_settlement as (
  select batch_id
  from batches_of_settlement
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_charge_line as (
  select batch_id, max(recorded_at) as recorded_at
  from charge_line
  group by batch_id
),
newest_charge_line as (
  select batch_id
  from batches_of_charge_line
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_diagnosis as (
  select batch_id, max(recorded_at) as recorded_at
  from diagnosis
  group by batch_id
),
newest_diagnosis as (
  select batch_id
  from batches_of_diagnosis
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
),
batches_of_procedure as (
  select batch_id, max(recorded_at) as recorded_at
  from procedure
  group by batch_id
),
newest_procedure as (
  select batch_id
  from batches_of_procedure
  qualify row_number() over (order by recorded_at desc, batch_id desc) = 1 and count(*) over () > 1
)
select
  'encounter' as table_name, '' as column_name, c.institution_id as institution_id,
  cast(date_trunc('month', cast(c.admitted_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'kind' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'scheme' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.scheme as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'department' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.department as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'discharge_way' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.discharge_way as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'certificate' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.certificate as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'main_diagnosis' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  substr(c.main_diagnosis, 1, 3) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'staff_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.staff_id is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'encounter' as table_name, 'discharged_at' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.discharged_at is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(c.admitted_at as date)) as first_day, max(cast(c.admitted_at as date)) as last_day
from encounter c
cross join newest_encounter n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, '' as column_name, c.institution_id as institution_id,
  cast(date_trunc('month', cast(c.settled_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'kind' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'scheme' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.scheme as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'payment_method' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.payment_method as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'eligible_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.eligible_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'fund_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.fund_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'person_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.person_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'settlement' as table_name, 'account_amount' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.account_amount is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount,
  min(cast(c.settled_at as date)) as first_day, max(cast(c.settled_at as date)) as last_day
from settlement c
cross join newest_settlement n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, '' as column_name, c.institution_id as institution_id,
  cast(date_trunc('month', cast(c.charged_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'charge_type' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.charge_type as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'payment_class' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.payment_class as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'list_type' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.list_type as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'item_code' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.item_code as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'settlement_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.settlement_id is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'order_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.order_id is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'staff_id' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.staff_id is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'department' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.department is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'charge_line' as table_name, 'executed_at' as column_name, c.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.executed_at is not null then '*' end as code,
  count(*) as row_count, cast(sum(c.amount) as bigint) as amount,
  min(cast(c.charged_at as date)) as first_day, max(cast(c.charged_at as date)) as last_day
from charge_line c
cross join newest_charge_line n
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, '' as column_name, parent.institution_id as institution_id,
  cast(date_trunc('month', cast(parent.admitted_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, 'kind' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, 'admission_condition' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.admission_condition as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'diagnosis' as table_name, 'is_main' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.is_main is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from diagnosis c
cross join newest_diagnosis n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, '' as column_name, parent.institution_id as institution_id,
  cast(date_trunc('month', cast(parent.admitted_at as date)) as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  cast(null as varchar) as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'kind' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.kind as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'anaesthesia' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  c.anaesthesia as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'begin_at' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.begin_at is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
union all
select
  'procedure' as table_name, 'surgeon_id' as column_name, parent.institution_id as institution_id,
  cast(null as date) as month, n.batch_id, c.batch_id = n.batch_id as is_new,
  case when c.surgeon_id is not null then '*' end as code,
  count(*) as row_count, cast(null as bigint) as amount,
  min(cast(parent.admitted_at as date)) as first_day, max(cast(parent.admitted_at as date)) as last_day
from procedure c
cross join newest_procedure n
left join encounter parent on parent.encounter_id = c.encounter_id
group by 3, 4, 5, 6, 7
