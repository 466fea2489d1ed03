-- Generated from the contracts by `python -m yibao.ledger.generate`: one branch for each foreign key.
-- Of the keys that an institution lacks in a month the most frequent $first stand alone; the others are one issue
-- together. A table that was not sent at all is one gap, not one for each institution: its key is written as *.
with held as (
  select
    (select count(*) from bed_device) as bed_device_rows,
    (select count(*) from catalogue_item) as catalogue_item_rows,
    (select count(*) from charge_line) as charge_line_rows,
    (select count(*) from code_diagnosis) as code_diagnosis_rows,
    (select count(*) from employer) as employer_rows,
    (select count(*) from encounter) as encounter_rows,
    (select count(*) from enrolment) as enrolment_rows,
    (select count(*) from exam_report) as exam_report_rows,
    (select count(*) from household) as household_rows,
    (select count(*) from institution) as institution_rows,
    (select count(*) from institution_group) as institution_group_rows,
    (select count(*) from medical_order) as medical_order_rows,
    (select count(*) from person) as person_rows,
    (select count(*) from prescription) as prescription_rows,
    (select count(*) from region) as region_rows,
    (select count(*) from settlement) as settlement_rows,
    (select count(*) from staff) as staff_rows
),
missing as (
  select
    'account' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.moved_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.moved_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from account c
  cross join held
  left join settlement parent on parent.settlement_id = c.settlement_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'account' as ref_table, 'settlement_id' as column_name,
    case when held.settlement_rows > 0 then parent.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(c.moved_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.moved_at as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.settlement_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from account c
  cross join held
  left join settlement parent on parent.settlement_id = c.settlement_id
  where c.settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  group by 3, 4, 8
  union all
  select
    'account' as ref_table, 'paid_for_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.moved_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.moved_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.paid_for_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from account c
  cross join held
  left join settlement parent on parent.settlement_id = c.settlement_id
  where c.paid_for_id is not null and not exists (select 1 from person p where p.person_id = c.paid_for_id)
  group by 3, 4, 8
  union all
  select
    'assistance_status' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.person_id || '|' || c.kind || '|' || cast(c.begin_date as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from assistance_status c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'assistance_status' as ref_table, 'household_id' as column_name,
    case when held.household_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.household_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.person_id || '|' || c.kind || '|' || cast(c.begin_date as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.household_rows > 0 then c.household_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from assistance_status c
  cross join held
  where c.household_id is not null and not exists (select 1 from household p where p.household_id = c.household_id)
  group by 3, 4, 8
  union all
  select
    'bed_device' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.device_id || '|' || cast(c.begin_at as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from bed_device c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'settlement_id' as column_name,
    case when held.settlement_rows > 0 then c.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.settlement_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'order_id' as column_name,
    case when held.medical_order_rows > 0 then c.institution_id end as institution_id,
    case when held.medical_order_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.medical_order_rows > 0 then c.order_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.order_id is not null and not exists (select 1 from medical_order p where p.order_id = c.order_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'prescription_id' as column_name,
    case when held.prescription_rows > 0 then c.institution_id end as institution_id,
    case when held.prescription_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.prescription_rows > 0 then c.prescription_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.prescription_id is not null and not exists (select 1 from prescription p where p.prescription_id = c.prescription_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'charge_line' as ref_table, 'reversed_line_id' as column_name,
    case when held.charge_line_rows > 0 then c.institution_id end as institution_id,
    case when held.charge_line_rows > 0 then date_trunc('month', cast(c.charged_at as date)) end as month,
    min(c.line_id) as ref_id, min(c.person_id) as person_id, min(cast(c.charged_at as date)) as occurred_on,
    case when held.charge_line_rows > 0 then c.reversed_line_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from charge_line c
  cross join held
  where c.reversed_line_id is not null and not exists (select 1 from charge_line p where p.line_id = c.reversed_line_id)
  group by 3, 4, 8
  union all
  select
    'chronic_certificate' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.certificate_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from chronic_certificate c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'chronic_certificate' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.certificate_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from chronic_certificate c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'code_map' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.decided_at as date)) end as month,
    min(c.kind || '|' || c.from_system || '|' || coalesce(c.institution_id, '') || '|' || c.from_code || '|' || c.to_system || '|' || coalesce(c.to_code, '') || '|' || c.status || '|' || cast(c.decided_at as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.decided_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from code_map c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'contribution' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.month as date)) end as month,
    min(c.contribution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.month as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from contribution c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'contribution' as ref_table, 'enrolment_id' as column_name,
    case when held.enrolment_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.enrolment_rows > 0 then date_trunc('month', cast(c.month as date)) end as month,
    min(c.contribution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.month as date)) as occurred_on,
    case when held.enrolment_rows > 0 then c.enrolment_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from contribution c
  cross join held
  where c.enrolment_id is not null and not exists (select 1 from enrolment p where p.enrolment_id = c.enrolment_id)
  group by 3, 4, 8
  union all
  select
    'contribution' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.month as date)) end as month,
    min(c.contribution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.month as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from contribution c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'contribution' as ref_table, 'employer_id' as column_name,
    case when held.employer_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.employer_rows > 0 then date_trunc('month', cast(c.month as date)) end as month,
    min(c.contribution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.month as date)) as occurred_on,
    case when held.employer_rows > 0 then c.employer_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from contribution c
  cross join held
  where c.employer_id is not null and not exists (select 1 from employer p where p.employer_id = c.employer_id)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'reported_by' as column_name,
    case when held.region_rows > 0 then c.institution_id end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.region_rows > 0 then c.reported_by else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.reported_by is not null and not exists (select 1 from region p where p.region_code = c.reported_by)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'settlement_id' as column_name,
    case when held.settlement_rows > 0 then c.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.settlement_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'insured_region' as column_name,
    case when held.region_rows > 0 then c.institution_id end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.region_rows > 0 then c.insured_region else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.insured_region is not null and not exists (select 1 from region p where p.region_code = c.insured_region)
  group by 3, 4, 8
  union all
  select
    'cross_region_bill' as ref_table, 'care_region' as column_name,
    case when held.region_rows > 0 then c.institution_id end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.reported_by || '|' || c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.region_rows > 0 then c.care_region else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from cross_region_bill c
  cross join held
  where c.care_region is not null and not exists (select 1 from region p where p.region_code = c.care_region)
  group by 3, 4, 8
  union all
  select
    'death_source' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.reported_on as date)) end as month,
    min(c.death_source_id) as ref_id, min(c.person_id) as person_id, min(cast(c.reported_on as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from death_source c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'diagnosis' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then parent.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from diagnosis c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'diagnosis' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from diagnosis c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'drug_trace' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.sold_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.sold_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from drug_trace c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'drug_trace' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.sold_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.sold_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from drug_trace c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'drug_trace' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.sold_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.sold_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from drug_trace c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'drug_trace' as ref_table, 'settlement_id' as column_name,
    case when held.settlement_rows > 0 then c.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(c.sold_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.sold_at as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.settlement_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from drug_trace c
  cross join held
  where c.settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  group by 3, 4, 8
  union all
  select
    'drug_trace' as ref_table, 'item_code' as column_name,
    case when held.catalogue_item_rows > 0 then c.institution_id end as institution_id,
    case when held.catalogue_item_rows > 0 then date_trunc('month', cast(c.sold_at as date)) end as month,
    min(c.move_id) as ref_id, min(c.person_id) as person_id, min(cast(c.sold_at as date)) as occurred_on,
    case when held.catalogue_item_rows > 0 then c.item_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from drug_trace c
  cross join held
  where c.item_code is not null and not exists (select 1 from catalogue_item p where p.item_code = c.item_code)
  group by 3, 4, 8
  union all
  select
    'employer' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.registered_on as date)) end as month,
    min(c.employer_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.registered_on as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from employer c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'encounter' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.encounter_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from encounter c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'encounter' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.encounter_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from encounter c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'encounter' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.encounter_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from encounter c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'encounter' as ref_table, 'bed_id' as column_name,
    case when held.bed_device_rows > 0 then c.institution_id end as institution_id,
    case when held.bed_device_rows > 0 then date_trunc('month', cast(c.admitted_at as date)) end as month,
    min(c.encounter_id) as ref_id, min(c.person_id) as person_id, min(cast(c.admitted_at as date)) as occurred_on,
    case when held.bed_device_rows > 0 then c.bed_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from encounter c
  cross join held
  where c.bed_id is not null and not exists (select 1 from bed_device p where p.device_id = c.bed_id)
  group by 3, 4, 8
  union all
  select
    'enrolment' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.enrolment_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from enrolment c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'enrolment' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.enrolment_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from enrolment c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'enrolment' as ref_table, 'employer_id' as column_name,
    case when held.employer_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.employer_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.enrolment_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.employer_rows > 0 then c.employer_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from enrolment c
  cross join held
  where c.employer_id is not null and not exists (select 1 from employer p where p.employer_id = c.employer_id)
  group by 3, 4, 8
  union all
  select
    'exam_class' as ref_table, 'item_code' as column_name,
    case when held.catalogue_item_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.catalogue_item_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.item_code || '|' || c.related_group) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.catalogue_item_rows > 0 then c.item_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_class c
  cross join held
  where c.item_code is not null and not exists (select 1 from catalogue_item p where p.item_code = c.item_code)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'order_id' as column_name,
    case when held.medical_order_rows > 0 then c.institution_id end as institution_id,
    case when held.medical_order_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.medical_order_rows > 0 then c.order_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.order_id is not null and not exists (select 1 from medical_order p where p.order_id = c.order_id)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'item_code' as column_name,
    case when held.catalogue_item_rows > 0 then c.institution_id end as institution_id,
    case when held.catalogue_item_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.catalogue_item_rows > 0 then c.item_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.item_code is not null and not exists (select 1 from catalogue_item p where p.item_code = c.item_code)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'device_id' as column_name,
    case when held.bed_device_rows > 0 then c.institution_id end as institution_id,
    case when held.bed_device_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.bed_device_rows > 0 then c.device_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.device_id is not null and not exists (select 1 from bed_device p where p.device_id = c.device_id)
  group by 3, 4, 8
  union all
  select
    'exam_report' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.examined_at as date)) end as month,
    min(c.report_id) as ref_id, min(c.person_id) as person_id, min(cast(c.examined_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from exam_report c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'execution' as ref_table, 'order_id' as column_name,
    case when held.medical_order_rows > 0 then parent.institution_id end as institution_id,
    case when held.medical_order_rows > 0 then date_trunc('month', cast(c.executed_at as date)) end as month,
    min(c.execution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.executed_at as date)) as occurred_on,
    case when held.medical_order_rows > 0 then c.order_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from execution c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.order_id is not null and not exists (select 1 from medical_order p where p.order_id = c.order_id)
  group by 3, 4, 8
  union all
  select
    'execution' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then parent.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.executed_at as date)) end as month,
    min(c.execution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.executed_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from execution c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'execution' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.executed_at as date)) end as month,
    min(c.execution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.executed_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from execution c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'execution' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then parent.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.executed_at as date)) end as month,
    min(c.execution_id) as ref_id, min(c.person_id) as person_id, min(cast(c.executed_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from execution c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'family_link' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.person_id || '|' || c.relative_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from family_link c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'family_link' as ref_table, 'relative_id' as column_name,
    case when held.person_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.person_id || '|' || c.relative_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.person_rows > 0 then c.relative_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from family_link c
  cross join held
  where c.relative_id is not null and not exists (select 1 from person p where p.person_id = c.relative_id)
  group by 3, 4, 8
  union all
  select
    'family_link' as ref_table, 'household_id' as column_name,
    case when held.household_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.household_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.person_id || '|' || c.relative_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.household_rows > 0 then c.household_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from family_link c
  cross join held
  where c.household_id is not null and not exists (select 1 from household p where p.household_id = c.household_id)
  group by 3, 4, 8
  union all
  select
    'fund_month' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.month as date)) end as month,
    min(c.region_code || '|' || c.scheme || '|' || cast(c.month as varchar) || '|' || c.source) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.month as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(sum(c.pooled_spending) as bigint) as amount
  from fund_month c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'household' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.household_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from household c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'institution' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then c.institution_id end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.institution_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from institution c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'institution' as ref_table, 'group_id' as column_name,
    case when held.institution_group_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_group_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.institution_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.institution_group_rows > 0 then c.group_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from institution c
  cross join held
  where c.group_id is not null and not exists (select 1 from institution_group p where p.group_id = c.group_id)
  group by 3, 4, 8
  union all
  select
    'invoice' as ref_table, 'settlement_id' as column_name,
    case when held.settlement_rows > 0 then c.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(c.issued_on as date)) end as month,
    min(c.invoice_id) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_on as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.settlement_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from invoice c
  cross join held
  where c.settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  group by 3, 4, 8
  union all
  select
    'invoice' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.issued_on as date)) end as month,
    min(c.invoice_id) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_on as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from invoice c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'invoice' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.issued_on as date)) end as month,
    min(c.invoice_id) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_on as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from invoice c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'invoice' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.issued_on as date)) end as month,
    min(c.invoice_id) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_on as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from invoice c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'lab_result' as ref_table, 'report_id' as column_name,
    case when held.exam_report_rows > 0 then parent.institution_id end as institution_id,
    case when held.exam_report_rows > 0 then date_trunc('month', cast(parent.examined_at as date)) end as month,
    min(c.report_id || '|' || c.analyte) as ref_id, min(c.person_id) as person_id, min(cast(parent.examined_at as date)) as occurred_on,
    case when held.exam_report_rows > 0 then c.report_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from lab_result c
  cross join held
  left join exam_report parent on parent.report_id = c.report_id
  where c.report_id is not null and not exists (select 1 from exam_report p where p.report_id = c.report_id)
  group by 3, 4, 8
  union all
  select
    'lab_result' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(parent.examined_at as date)) end as month,
    min(c.report_id || '|' || c.analyte) as ref_id, min(c.person_id) as person_id, min(cast(parent.examined_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from lab_result c
  cross join held
  left join exam_report parent on parent.report_id = c.report_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'leave_checkin' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then parent.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.event_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from leave_checkin c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'leave_checkin' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.event_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from leave_checkin c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'list_detail' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then parent.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || c.kind || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from list_detail c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'list_detail' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || c.kind || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from list_detail c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'medical_order' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.order_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from medical_order c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'medical_order' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.order_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from medical_order c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'medical_order' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.order_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from medical_order c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'medical_order' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.begin_at as date)) end as month,
    min(c.order_id) as ref_id, min(c.person_id) as person_id, min(cast(c.begin_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from medical_order c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'person' as ref_table, 'household_id' as column_name,
    case when held.household_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.household_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.person_id) as ref_id, min(c.person_id) as person_id, min(cast(null as date)) as occurred_on,
    case when held.household_rows > 0 then c.household_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from person c
  cross join held
  where c.household_id is not null and not exists (select 1 from household p where p.household_id = c.household_id)
  group by 3, 4, 8
  union all
  select
    'person' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.person_id) as ref_id, min(c.person_id) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from person c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'prescription' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.issued_at as date)) end as month,
    min(c.prescription_id || '|' || c.item_code) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from prescription c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'prescription' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.issued_at as date)) end as month,
    min(c.prescription_id || '|' || c.item_code) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from prescription c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'prescription' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.issued_at as date)) end as month,
    min(c.prescription_id || '|' || c.item_code) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from prescription c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'prescription' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.issued_at as date)) end as month,
    min(c.prescription_id || '|' || c.item_code) as ref_id, min(c.person_id) as person_id, min(cast(c.issued_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from prescription c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'price_cap' as ref_table, 'item_code' as column_name,
    case when held.catalogue_item_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.catalogue_item_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.item_code || '|' || c.region_code || '|' || c.institution_level || '|' || cast(c.valid_from as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.catalogue_item_rows > 0 then c.item_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from price_cap c
  cross join held
  where c.item_code is not null and not exists (select 1 from catalogue_item p where p.item_code = c.item_code)
  group by 3, 4, 8
  union all
  select
    'price_cap' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.item_code || '|' || c.region_code || '|' || c.institution_level || '|' || cast(c.valid_from as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from price_cap c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'procedure' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then parent.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from procedure c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'procedure' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from procedure c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'procedure' as ref_table, 'surgeon_id' as column_name,
    case when held.staff_rows > 0 then parent.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.surgeon_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from procedure c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.surgeon_id is not null and not exists (select 1 from staff p where p.staff_id = c.surgeon_id)
  group by 3, 4, 8
  union all
  select
    'procedure' as ref_table, 'anaesthetist_id' as column_name,
    case when held.staff_rows > 0 then parent.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(parent.admitted_at as date)) end as month,
    min(c.encounter_id || '|' || cast(c.sequence as varchar)) as ref_id, min(c.person_id) as person_id, min(cast(parent.admitted_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.anaesthetist_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from procedure c
  cross join held
  left join encounter parent on parent.encounter_id = c.encounter_id
  where c.anaesthetist_id is not null and not exists (select 1 from staff p where p.staff_id = c.anaesthetist_id)
  group by 3, 4, 8
  union all
  select
    'referral_filing' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.filed_at as date)) end as month,
    min(c.filing_id) as ref_id, min(c.person_id) as person_id, min(cast(c.filed_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from referral_filing c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'referral_filing' as ref_table, 'from_region' as column_name,
    case when held.region_rows > 0 then c.institution_id end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.filed_at as date)) end as month,
    min(c.filing_id) as ref_id, min(c.person_id) as person_id, min(cast(c.filed_at as date)) as occurred_on,
    case when held.region_rows > 0 then c.from_region else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from referral_filing c
  cross join held
  where c.from_region is not null and not exists (select 1 from region p where p.region_code = c.from_region)
  group by 3, 4, 8
  union all
  select
    'referral_filing' as ref_table, 'to_region' as column_name,
    case when held.region_rows > 0 then c.institution_id end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.filed_at as date)) end as month,
    min(c.filing_id) as ref_id, min(c.person_id) as person_id, min(cast(c.filed_at as date)) as occurred_on,
    case when held.region_rows > 0 then c.to_region else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from referral_filing c
  cross join held
  where c.to_region is not null and not exists (select 1 from region p where p.region_code = c.to_region)
  group by 3, 4, 8
  union all
  select
    'referral_filing' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.filed_at as date)) end as month,
    min(c.filing_id) as ref_id, min(c.person_id) as person_id, min(cast(c.filed_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from referral_filing c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'referral_filing' as ref_table, 'diagnosis_code' as column_name,
    case when held.code_diagnosis_rows > 0 then c.institution_id end as institution_id,
    case when held.code_diagnosis_rows > 0 then date_trunc('month', cast(c.filed_at as date)) end as month,
    min(c.filing_id) as ref_id, min(c.person_id) as person_id, min(cast(c.filed_at as date)) as occurred_on,
    case when held.code_diagnosis_rows > 0 then c.diagnosis_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from referral_filing c
  cross join held
  where c.diagnosis_code is not null and not exists (select 1 from code_diagnosis p where p.code = c.diagnosis_code)
  group by 3, 4, 8
  union all
  select
    'region' as ref_table, 'parent_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.region_code) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.parent_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from region c
  cross join held
  where c.parent_code is not null and not exists (select 1 from region p where p.region_code = c.parent_code)
  group by 3, 4, 8
  union all
  select
    'region' as ref_table, 'pool_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.region_code) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.pool_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from region c
  cross join held
  where c.pool_code is not null and not exists (select 1 from region p where p.region_code = c.pool_code)
  group by 3, 4, 8
  union all
  select
    'region_year' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.region_code || '|' || cast(c.year as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from region_year c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'reminder_answer' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.answered_at as date)) end as month,
    min(c.reminder_id) as ref_id, min(c.person_id) as person_id, min(cast(c.answered_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from reminder_answer c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'reminder_answer' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.answered_at as date)) end as month,
    min(c.reminder_id) as ref_id, min(c.person_id) as person_id, min(cast(c.answered_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from reminder_answer c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'reminder_answer' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.answered_at as date)) end as month,
    min(c.reminder_id) as ref_id, min(c.person_id) as person_id, min(cast(c.answered_at as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from reminder_answer c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'reminder_answer' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.answered_at as date)) end as month,
    min(c.reminder_id) as ref_id, min(c.person_id) as person_id, min(cast(c.answered_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from reminder_answer c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'reminder_answer' as ref_table, 'order_id' as column_name,
    case when held.medical_order_rows > 0 then c.institution_id end as institution_id,
    case when held.medical_order_rows > 0 then date_trunc('month', cast(c.answered_at as date)) end as month,
    min(c.reminder_id) as ref_id, min(c.person_id) as person_id, min(cast(c.answered_at as date)) as occurred_on,
    case when held.medical_order_rows > 0 then c.order_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from reminder_answer c
  cross join held
  where c.order_id is not null and not exists (select 1 from medical_order p where p.order_id = c.order_id)
  group by 3, 4, 8
  union all
  select
    'reminder_answer' as ref_table, 'item_code' as column_name,
    case when held.catalogue_item_rows > 0 then c.institution_id end as institution_id,
    case when held.catalogue_item_rows > 0 then date_trunc('month', cast(c.answered_at as date)) end as month,
    min(c.reminder_id) as ref_id, min(c.person_id) as person_id, min(cast(c.answered_at as date)) as occurred_on,
    case when held.catalogue_item_rows > 0 then c.item_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from reminder_answer c
  cross join held
  where c.item_code is not null and not exists (select 1 from catalogue_item p where p.item_code = c.item_code)
  group by 3, 4, 8
  union all
  select
    'settlement' as ref_table, 'encounter_id' as column_name,
    case when held.encounter_rows > 0 then c.institution_id end as institution_id,
    case when held.encounter_rows > 0 then date_trunc('month', cast(c.settled_at as date)) end as month,
    min(c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.settled_at as date)) as occurred_on,
    case when held.encounter_rows > 0 then c.encounter_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from settlement c
  cross join held
  where c.encounter_id is not null and not exists (select 1 from encounter p where p.encounter_id = c.encounter_id)
  group by 3, 4, 8
  union all
  select
    'settlement' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.settled_at as date)) end as month,
    min(c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.settled_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from settlement c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'settlement' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.settled_at as date)) end as month,
    min(c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.settled_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from settlement c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'settlement' as ref_table, 'reversed_settlement_id' as column_name,
    case when held.settlement_rows > 0 then c.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(c.settled_at as date)) end as month,
    min(c.settlement_id) as ref_id, min(c.person_id) as person_id, min(cast(c.settled_at as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.reversed_settlement_id else '*' end as missing, count(*) as row_count, cast(sum(c.total_amount) as bigint) as amount
  from settlement c
  cross join held
  where c.reversed_settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.reversed_settlement_id)
  group by 3, 4, 8
  union all
  select
    'settlement_layer' as ref_table, 'settlement_id' as column_name,
    case when held.settlement_rows > 0 then parent.institution_id end as institution_id,
    case when held.settlement_rows > 0 then date_trunc('month', cast(parent.settled_at as date)) end as month,
    min(c.settlement_id || '|' || c.layer) as ref_id, min(c.person_id) as person_id, min(cast(parent.settled_at as date)) as occurred_on,
    case when held.settlement_rows > 0 then c.settlement_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from settlement_layer c
  cross join held
  left join settlement parent on parent.settlement_id = c.settlement_id
  where c.settlement_id is not null and not exists (select 1 from settlement p where p.settlement_id = c.settlement_id)
  group by 3, 4, 8
  union all
  select
    'settlement_layer' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then parent.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(parent.settled_at as date)) end as month,
    min(c.settlement_id || '|' || c.layer) as ref_id, min(c.person_id) as person_id, min(cast(parent.settled_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from settlement_layer c
  cross join held
  left join settlement parent on parent.settlement_id = c.settlement_id
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
  union all
  select
    'staff' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(null as date)) end as month,
    min(c.staff_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(null as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from staff c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'staff_status' as ref_table, 'staff_id' as column_name,
    case when held.staff_rows > 0 then c.institution_id end as institution_id,
    case when held.staff_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.staff_id || '|' || cast(c.begin_date as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.staff_rows > 0 then c.staff_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from staff_status c
  cross join held
  where c.staff_id is not null and not exists (select 1 from staff p where p.staff_id = c.staff_id)
  group by 3, 4, 8
  union all
  select
    'staff_status' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.begin_date as date)) end as month,
    min(c.staff_id || '|' || cast(c.begin_date as varchar)) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.begin_date as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from staff_status c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'stock_move' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.moved_on as date)) end as month,
    min(c.move_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.moved_on as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from stock_move c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'stock_move' as ref_table, 'item_code' as column_name,
    case when held.catalogue_item_rows > 0 then c.institution_id end as institution_id,
    case when held.catalogue_item_rows > 0 then date_trunc('month', cast(c.moved_on as date)) end as month,
    min(c.move_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.moved_on as date)) as occurred_on,
    case when held.catalogue_item_rows > 0 then c.item_code else '*' end as missing, count(*) as row_count, cast(sum(c.amount) as bigint) as amount
  from stock_move c
  cross join held
  where c.item_code is not null and not exists (select 1 from catalogue_item p where p.item_code = c.item_code)
  group by 3, 4, 8
  union all
  select
    'survey_household' as ref_table, 'region_code' as column_name,
    case when held.region_rows > 0 then cast(null as varchar) end as institution_id,
    case when held.region_rows > 0 then date_trunc('month', cast(c.surveyed_on as date)) end as month,
    min(c.survey_id || '|' || c.household_id) as ref_id, min(cast(null as varchar)) as person_id, min(cast(c.surveyed_on as date)) as occurred_on,
    case when held.region_rows > 0 then c.region_code else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from survey_household c
  cross join held
  where c.region_code is not null and not exists (select 1 from region p where p.region_code = c.region_code)
  group by 3, 4, 8
  union all
  select
    'terminal_event' as ref_table, 'institution_id' as column_name,
    case when held.institution_rows > 0 then c.institution_id end as institution_id,
    case when held.institution_rows > 0 then date_trunc('month', cast(c.happened_at as date)) end as month,
    min(c.event_id) as ref_id, min(c.person_id) as person_id, min(cast(c.happened_at as date)) as occurred_on,
    case when held.institution_rows > 0 then c.institution_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from terminal_event c
  cross join held
  where c.institution_id is not null and not exists (select 1 from institution p where p.institution_id = c.institution_id)
  group by 3, 4, 8
  union all
  select
    'terminal_event' as ref_table, 'person_id' as column_name,
    case when held.person_rows > 0 then c.institution_id end as institution_id,
    case when held.person_rows > 0 then date_trunc('month', cast(c.happened_at as date)) end as month,
    min(c.event_id) as ref_id, min(c.person_id) as person_id, min(cast(c.happened_at as date)) as occurred_on,
    case when held.person_rows > 0 then c.person_id else '*' end as missing, count(*) as row_count, cast(null as bigint) as amount
  from terminal_event c
  cross join held
  where c.person_id is not null and not exists (select 1 from person p where p.person_id = c.person_id)
  group by 3, 4, 8
),
ranked as (
  select ref_table, column_name, institution_id, month, ref_id, person_id, occurred_on, missing, row_count, amount,
    row_number() over (
      partition by ref_table, column_name, institution_id, month order by row_count desc, missing
    ) as place
  from missing
)
select
  min(occurred_on) as occurred_on, institution_id,
  case when min(missing) = max(missing) then min(person_id) end as person_id,
  ref_table, min(ref_id) as ref_id, column_name,
  case when min(missing) = max(missing) then min(missing) else min(missing) || ' …' end as value,
  cast(sum(amount) as bigint) as amount, cast(sum(row_count) as bigint) as row_count,
  case
    when min(missing) = '*' then '账本中没有该表'
    when min(missing) <> max(missing) then '另有 ' || cast(count(*) as varchar) || ' 个键找不到'
  end as note_zh,
  case
    when min(missing) = '*' then 'the ledger has no row of that table'
    when min(missing) <> max(missing) then cast(count(*) as varchar) || ' further keys are not found'
  end as note_en
from ranked
group by ref_table, column_name, institution_id, month, least(place, $first + 1)
