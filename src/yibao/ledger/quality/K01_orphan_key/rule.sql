-- Generated from the contracts by `python -m yibao.ledger.generate`: one pass over each table for all its foreign keys.
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
    'account' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'settlement_id' then g.settlement_id_gap
      when 'paid_for_id' then g.paid_for_id_gap
    end as missing
  from (
    select
      c.move_id as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(c.moved_at as date) as day, c.amount as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.settlement_id is null and c.settlement_id is not null
        then case when held.settlement_rows > 0 then c.settlement_id else '*' end end as settlement_id_gap,
      case when p2.person_id is null and c.paid_for_id is not null
        then case when held.person_rows > 0 then c.paid_for_id else '*' end end as paid_for_id_gap
    from account c
    cross join held
    left join settlement parent on parent.settlement_id = c.settlement_id
    left join person p0 on p0.person_id = c.person_id
    left join settlement p1 on p1.settlement_id = c.settlement_id
    left join person p2 on p2.person_id = c.paid_for_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.settlement_id is not null and p1.settlement_id is null)
      or (c.paid_for_id is not null and p2.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('settlement_id'),
      ('paid_for_id')
    ) as names(column_name)
  ) v
  union all
  select
    'assistance_status' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'household_id' then g.household_id_gap
    end as missing
  from (
    select
      c.person_id || '|' || c.kind || '|' || cast(c.begin_date as varchar) as ref_id,
      cast(null as varchar) as institution_id, c.person_id as person_id,
      cast(c.begin_date as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.household_id is null and c.household_id is not null
        then case when held.household_rows > 0 then c.household_id else '*' end end as household_id_gap
    from assistance_status c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join household p1 on p1.household_id = c.household_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.household_id is not null and p1.household_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('household_id')
    ) as names(column_name)
  ) v
  union all
  select
    'bed_device' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'institution_id' then g.institution_id_gap
    end as missing
  from (
    select
      c.device_id || '|' || cast(c.begin_at as varchar) as ref_id,
      c.institution_id as institution_id, cast(null as varchar) as person_id,
      cast(c.begin_at as date) as day, cast(null as bigint) as amount,
      case when p0.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap
    from bed_device c
    cross join held
    left join institution p0 on p0.institution_id = c.institution_id
    where (c.institution_id is not null and p0.institution_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('institution_id')
    ) as names(column_name)
  ) v
  union all
  select
    'charge_line' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'settlement_id' then g.settlement_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'order_id' then g.order_id_gap
      when 'prescription_id' then g.prescription_id_gap
      when 'staff_id' then g.staff_id_gap
      when 'reversed_line_id' then g.reversed_line_id_gap
    end as missing
  from (
    select
      c.line_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.charged_at as date) as day, c.amount as amount,
      case when p0.settlement_id is null and c.settlement_id is not null
        then case when held.settlement_rows > 0 then c.settlement_id else '*' end end as settlement_id_gap,
      case when p1.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p2.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p3.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p4.order_id is null and c.order_id is not null
        then case when held.medical_order_rows > 0 then c.order_id else '*' end end as order_id_gap,
      case when p5.prescription_id is null and c.prescription_id is not null
        then case when held.prescription_rows > 0 then c.prescription_id else '*' end end as prescription_id_gap,
      case when p6.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap,
      case when p7.line_id is null and c.reversed_line_id is not null
        then case when held.charge_line_rows > 0 then c.reversed_line_id else '*' end end as reversed_line_id_gap
    from charge_line c
    cross join held
    left join settlement p0 on p0.settlement_id = c.settlement_id
    left join encounter p1 on p1.encounter_id = c.encounter_id
    left join person p2 on p2.person_id = c.person_id
    left join institution p3 on p3.institution_id = c.institution_id
    left join medical_order p4 on p4.order_id = c.order_id
    left join (select distinct prescription_id from prescription) p5 on p5.prescription_id = c.prescription_id
    left join staff p6 on p6.staff_id = c.staff_id
    left join (select distinct line_id from charge_line where line_id in (select reversed_line_id from charge_line)) p7 on p7.line_id = c.reversed_line_id
    where (c.settlement_id is not null and p0.settlement_id is null)
      or (c.encounter_id is not null and p1.encounter_id is null)
      or (c.person_id is not null and p2.person_id is null)
      or (c.institution_id is not null and p3.institution_id is null)
      or (c.order_id is not null and p4.order_id is null)
      or (c.prescription_id is not null and p5.prescription_id is null)
      or (c.staff_id is not null and p6.staff_id is null)
      or (c.reversed_line_id is not null and p7.line_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('settlement_id'),
      ('encounter_id'),
      ('person_id'),
      ('institution_id'),
      ('order_id'),
      ('prescription_id'),
      ('staff_id'),
      ('reversed_line_id')
    ) as names(column_name)
  ) v
  union all
  select
    'chronic_certificate' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
    end as missing
  from (
    select
      c.certificate_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.begin_date as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap
    from chronic_certificate c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join institution p1 on p1.institution_id = c.institution_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.institution_id is not null and p1.institution_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('institution_id')
    ) as names(column_name)
  ) v
  union all
  select
    'code_map' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'institution_id' then g.institution_id_gap
    end as missing
  from (
    select
      c.kind || '|' || c.from_system || '|' || coalesce(c.institution_id, '') || '|' || c.from_code || '|' || c.to_system || '|' || coalesce(c.to_code, '') || '|' || c.status || '|' || cast(c.decided_at as varchar) as ref_id,
      c.institution_id as institution_id, cast(null as varchar) as person_id,
      cast(c.decided_at as date) as day, cast(null as bigint) as amount,
      case when p0.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap
    from code_map c
    cross join held
    left join institution p0 on p0.institution_id = c.institution_id
    where (c.institution_id is not null and p0.institution_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('institution_id')
    ) as names(column_name)
  ) v
  union all
  select
    'contribution' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'enrolment_id' then g.enrolment_id_gap
      when 'region_code' then g.region_code_gap
      when 'employer_id' then g.employer_id_gap
    end as missing
  from (
    select
      c.contribution_id as ref_id,
      cast(null as varchar) as institution_id, c.person_id as person_id,
      cast(c.month as date) as day, c.amount as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.enrolment_id is null and c.enrolment_id is not null
        then case when held.enrolment_rows > 0 then c.enrolment_id else '*' end end as enrolment_id_gap,
      case when p2.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap,
      case when p3.employer_id is null and c.employer_id is not null
        then case when held.employer_rows > 0 then c.employer_id else '*' end end as employer_id_gap
    from contribution c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join enrolment p1 on p1.enrolment_id = c.enrolment_id
    left join region p2 on p2.region_code = c.region_code
    left join employer p3 on p3.employer_id = c.employer_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.enrolment_id is not null and p1.enrolment_id is null)
      or (c.region_code is not null and p2.region_code is null)
      or (c.employer_id is not null and p3.employer_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('enrolment_id'),
      ('region_code'),
      ('employer_id')
    ) as names(column_name)
  ) v
  union all
  select
    'cross_region_bill' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'reported_by' then g.reported_by_gap
      when 'settlement_id' then g.settlement_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'insured_region' then g.insured_region_gap
      when 'care_region' then g.care_region_gap
    end as missing
  from (
    select
      c.reported_by || '|' || c.settlement_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.admitted_at as date) as day, c.total_amount as amount,
      case when p0.region_code is null and c.reported_by is not null
        then case when held.region_rows > 0 then c.reported_by else '*' end end as reported_by_gap,
      case when p1.settlement_id is null and c.settlement_id is not null
        then case when held.settlement_rows > 0 then c.settlement_id else '*' end end as settlement_id_gap,
      case when p2.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p3.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p4.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p5.region_code is null and c.insured_region is not null
        then case when held.region_rows > 0 then c.insured_region else '*' end end as insured_region_gap,
      case when p6.region_code is null and c.care_region is not null
        then case when held.region_rows > 0 then c.care_region else '*' end end as care_region_gap
    from cross_region_bill c
    cross join held
    left join region p0 on p0.region_code = c.reported_by
    left join settlement p1 on p1.settlement_id = c.settlement_id
    left join encounter p2 on p2.encounter_id = c.encounter_id
    left join person p3 on p3.person_id = c.person_id
    left join institution p4 on p4.institution_id = c.institution_id
    left join region p5 on p5.region_code = c.insured_region
    left join region p6 on p6.region_code = c.care_region
    where (c.reported_by is not null and p0.region_code is null)
      or (c.settlement_id is not null and p1.settlement_id is null)
      or (c.encounter_id is not null and p2.encounter_id is null)
      or (c.person_id is not null and p3.person_id is null)
      or (c.institution_id is not null and p4.institution_id is null)
      or (c.insured_region is not null and p5.region_code is null)
      or (c.care_region is not null and p6.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('reported_by'),
      ('settlement_id'),
      ('encounter_id'),
      ('person_id'),
      ('institution_id'),
      ('insured_region'),
      ('care_region')
    ) as names(column_name)
  ) v
  union all
  select
    'death_source' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.death_source_id as ref_id,
      cast(null as varchar) as institution_id, c.person_id as person_id,
      cast(c.reported_on as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from death_source c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    where (c.person_id is not null and p0.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id')
    ) as names(column_name)
  ) v
  union all
  select
    'diagnosis' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.encounter_id || '|' || cast(c.sequence as varchar) as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(parent.admitted_at as date) as day, cast(null as bigint) as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from diagnosis c
    cross join held
    left join encounter parent on parent.encounter_id = c.encounter_id
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id')
    ) as names(column_name)
  ) v
  union all
  select
    'drug_trace' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'institution_id' then g.institution_id_gap
      when 'person_id' then g.person_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'settlement_id' then g.settlement_id_gap
      when 'item_code' then g.item_code_gap
    end as missing
  from (
    select
      c.move_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.sold_at as date) as day, cast(null as bigint) as amount,
      case when p0.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p2.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p3.settlement_id is null and c.settlement_id is not null
        then case when held.settlement_rows > 0 then c.settlement_id else '*' end end as settlement_id_gap,
      case when p4.item_code is null and c.item_code is not null
        then case when held.catalogue_item_rows > 0 then c.item_code else '*' end end as item_code_gap
    from drug_trace c
    cross join held
    left join institution p0 on p0.institution_id = c.institution_id
    left join person p1 on p1.person_id = c.person_id
    left join encounter p2 on p2.encounter_id = c.encounter_id
    left join settlement p3 on p3.settlement_id = c.settlement_id
    left join (select distinct item_code from catalogue_item) p4 on p4.item_code = c.item_code
    where (c.institution_id is not null and p0.institution_id is null)
      or (c.person_id is not null and p1.person_id is null)
      or (c.encounter_id is not null and p2.encounter_id is null)
      or (c.settlement_id is not null and p3.settlement_id is null)
      or (c.item_code is not null and p4.item_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('institution_id'),
      ('person_id'),
      ('encounter_id'),
      ('settlement_id'),
      ('item_code')
    ) as names(column_name)
  ) v
  union all
  select
    'employer' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.employer_id as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(c.registered_on as date) as day, cast(null as bigint) as amount,
      case when p0.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from employer c
    cross join held
    left join region p0 on p0.region_code = c.region_code
    where (c.region_code is not null and p0.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'encounter' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'staff_id' then g.staff_id_gap
      when 'bed_id' then g.bed_id_gap
    end as missing
  from (
    select
      c.encounter_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.admitted_at as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p2.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap,
      case when p3.device_id is null and c.bed_id is not null
        then case when held.bed_device_rows > 0 then c.bed_id else '*' end end as bed_id_gap
    from encounter c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join institution p1 on p1.institution_id = c.institution_id
    left join staff p2 on p2.staff_id = c.staff_id
    left join (select distinct device_id from bed_device) p3 on p3.device_id = c.bed_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.institution_id is not null and p1.institution_id is null)
      or (c.staff_id is not null and p2.staff_id is null)
      or (c.bed_id is not null and p3.device_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('institution_id'),
      ('staff_id'),
      ('bed_id')
    ) as names(column_name)
  ) v
  union all
  select
    'enrolment' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'region_code' then g.region_code_gap
      when 'employer_id' then g.employer_id_gap
    end as missing
  from (
    select
      c.enrolment_id as ref_id,
      cast(null as varchar) as institution_id, c.person_id as person_id,
      cast(c.begin_date as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap,
      case when p2.employer_id is null and c.employer_id is not null
        then case when held.employer_rows > 0 then c.employer_id else '*' end end as employer_id_gap
    from enrolment c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join region p1 on p1.region_code = c.region_code
    left join employer p2 on p2.employer_id = c.employer_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.region_code is not null and p1.region_code is null)
      or (c.employer_id is not null and p2.employer_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('region_code'),
      ('employer_id')
    ) as names(column_name)
  ) v
  union all
  select
    'exam_class' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'item_code' then g.item_code_gap
    end as missing
  from (
    select
      c.item_code || '|' || c.related_group as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.item_code is null and c.item_code is not null
        then case when held.catalogue_item_rows > 0 then c.item_code else '*' end end as item_code_gap
    from exam_class c
    cross join held
    left join (select distinct item_code from catalogue_item) p0 on p0.item_code = c.item_code
    where (c.item_code is not null and p0.item_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('item_code')
    ) as names(column_name)
  ) v
  union all
  select
    'exam_report' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'order_id' then g.order_id_gap
      when 'item_code' then g.item_code_gap
      when 'device_id' then g.device_id_gap
      when 'staff_id' then g.staff_id_gap
    end as missing
  from (
    select
      c.report_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.examined_at as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p2.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p3.order_id is null and c.order_id is not null
        then case when held.medical_order_rows > 0 then c.order_id else '*' end end as order_id_gap,
      case when p4.item_code is null and c.item_code is not null
        then case when held.catalogue_item_rows > 0 then c.item_code else '*' end end as item_code_gap,
      case when p5.device_id is null and c.device_id is not null
        then case when held.bed_device_rows > 0 then c.device_id else '*' end end as device_id_gap,
      case when p6.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap
    from exam_report c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join encounter p1 on p1.encounter_id = c.encounter_id
    left join institution p2 on p2.institution_id = c.institution_id
    left join medical_order p3 on p3.order_id = c.order_id
    left join (select distinct item_code from catalogue_item) p4 on p4.item_code = c.item_code
    left join (select distinct device_id from bed_device) p5 on p5.device_id = c.device_id
    left join staff p6 on p6.staff_id = c.staff_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.encounter_id is not null and p1.encounter_id is null)
      or (c.institution_id is not null and p2.institution_id is null)
      or (c.order_id is not null and p3.order_id is null)
      or (c.item_code is not null and p4.item_code is null)
      or (c.device_id is not null and p5.device_id is null)
      or (c.staff_id is not null and p6.staff_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('encounter_id'),
      ('institution_id'),
      ('order_id'),
      ('item_code'),
      ('device_id'),
      ('staff_id')
    ) as names(column_name)
  ) v
  union all
  select
    'execution' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'order_id' then g.order_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'staff_id' then g.staff_id_gap
    end as missing
  from (
    select
      c.execution_id as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(c.executed_at as date) as day, cast(null as bigint) as amount,
      case when p0.order_id is null and c.order_id is not null
        then case when held.medical_order_rows > 0 then c.order_id else '*' end end as order_id_gap,
      case when p1.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p2.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p3.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap
    from execution c
    cross join held
    left join encounter parent on parent.encounter_id = c.encounter_id
    left join medical_order p0 on p0.order_id = c.order_id
    left join encounter p1 on p1.encounter_id = c.encounter_id
    left join person p2 on p2.person_id = c.person_id
    left join staff p3 on p3.staff_id = c.staff_id
    where (c.order_id is not null and p0.order_id is null)
      or (c.encounter_id is not null and p1.encounter_id is null)
      or (c.person_id is not null and p2.person_id is null)
      or (c.staff_id is not null and p3.staff_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('order_id'),
      ('encounter_id'),
      ('person_id'),
      ('staff_id')
    ) as names(column_name)
  ) v
  union all
  select
    'family_link' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'relative_id' then g.relative_id_gap
      when 'household_id' then g.household_id_gap
    end as missing
  from (
    select
      c.person_id || '|' || c.relative_id as ref_id,
      cast(null as varchar) as institution_id, c.person_id as person_id,
      cast(c.begin_date as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.person_id is null and c.relative_id is not null
        then case when held.person_rows > 0 then c.relative_id else '*' end end as relative_id_gap,
      case when p2.household_id is null and c.household_id is not null
        then case when held.household_rows > 0 then c.household_id else '*' end end as household_id_gap
    from family_link c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join person p1 on p1.person_id = c.relative_id
    left join household p2 on p2.household_id = c.household_id
    where (c.person_id is not null and p0.person_id is null)
      or (c.relative_id is not null and p1.person_id is null)
      or (c.household_id is not null and p2.household_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('relative_id'),
      ('household_id')
    ) as names(column_name)
  ) v
  union all
  select
    'fund_month' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.region_code || '|' || c.scheme || '|' || cast(c.month as varchar) || '|' || c.source as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(c.month as date) as day, c.pooled_spending as amount,
      case when p0.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from fund_month c
    cross join held
    left join region p0 on p0.region_code = c.region_code
    where (c.region_code is not null and p0.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'household' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.household_id as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from household c
    cross join held
    left join region p0 on p0.region_code = c.region_code
    where (c.region_code is not null and p0.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'institution' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'region_code' then g.region_code_gap
      when 'group_id' then g.group_id_gap
    end as missing
  from (
    select
      c.institution_id as ref_id,
      c.institution_id as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap,
      case when p1.group_id is null and c.group_id is not null
        then case when held.institution_group_rows > 0 then c.group_id else '*' end end as group_id_gap
    from institution c
    cross join held
    left join region p0 on p0.region_code = c.region_code
    left join institution_group p1 on p1.group_id = c.group_id
    where (c.region_code is not null and p0.region_code is null)
      or (c.group_id is not null and p1.group_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('region_code'),
      ('group_id')
    ) as names(column_name)
  ) v
  union all
  select
    'invoice' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'settlement_id' then g.settlement_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
    end as missing
  from (
    select
      c.invoice_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.issued_on as date) as day, c.amount as amount,
      case when p0.settlement_id is null and c.settlement_id is not null
        then case when held.settlement_rows > 0 then c.settlement_id else '*' end end as settlement_id_gap,
      case when p1.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p2.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p3.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap
    from invoice c
    cross join held
    left join settlement p0 on p0.settlement_id = c.settlement_id
    left join encounter p1 on p1.encounter_id = c.encounter_id
    left join person p2 on p2.person_id = c.person_id
    left join institution p3 on p3.institution_id = c.institution_id
    where (c.settlement_id is not null and p0.settlement_id is null)
      or (c.encounter_id is not null and p1.encounter_id is null)
      or (c.person_id is not null and p2.person_id is null)
      or (c.institution_id is not null and p3.institution_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('settlement_id'),
      ('encounter_id'),
      ('person_id'),
      ('institution_id')
    ) as names(column_name)
  ) v
  union all
  select
    'lab_result' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'report_id' then g.report_id_gap
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.report_id || '|' || c.analyte as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(parent.examined_at as date) as day, cast(null as bigint) as amount,
      case when p0.report_id is null and c.report_id is not null
        then case when held.exam_report_rows > 0 then c.report_id else '*' end end as report_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from lab_result c
    cross join held
    left join exam_report parent on parent.report_id = c.report_id
    left join exam_report p0 on p0.report_id = c.report_id
    left join person p1 on p1.person_id = c.person_id
    where (c.report_id is not null and p0.report_id is null)
      or (c.person_id is not null and p1.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('report_id'),
      ('person_id')
    ) as names(column_name)
  ) v
  union all
  select
    'leave_checkin' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.event_id as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(c.begin_at as date) as day, cast(null as bigint) as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from leave_checkin c
    cross join held
    left join encounter parent on parent.encounter_id = c.encounter_id
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id')
    ) as names(column_name)
  ) v
  union all
  select
    'list_detail' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.encounter_id || '|' || c.kind || '|' || cast(c.sequence as varchar) as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(parent.admitted_at as date) as day, cast(null as bigint) as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from list_detail c
    cross join held
    left join encounter parent on parent.encounter_id = c.encounter_id
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id')
    ) as names(column_name)
  ) v
  union all
  select
    'medical_order' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'staff_id' then g.staff_id_gap
    end as missing
  from (
    select
      c.order_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.begin_at as date) as day, cast(null as bigint) as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p2.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p3.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap
    from medical_order c
    cross join held
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    left join institution p2 on p2.institution_id = c.institution_id
    left join staff p3 on p3.staff_id = c.staff_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
      or (c.institution_id is not null and p2.institution_id is null)
      or (c.staff_id is not null and p3.staff_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id'),
      ('institution_id'),
      ('staff_id')
    ) as names(column_name)
  ) v
  union all
  select
    'person' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'household_id' then g.household_id_gap
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.person_id as ref_id,
      cast(null as varchar) as institution_id, c.person_id as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.household_id is null and c.household_id is not null
        then case when held.household_rows > 0 then c.household_id else '*' end end as household_id_gap,
      case when p1.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from person c
    cross join held
    left join household p0 on p0.household_id = c.household_id
    left join region p1 on p1.region_code = c.region_code
    where (c.household_id is not null and p0.household_id is null)
      or (c.region_code is not null and p1.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('household_id'),
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'prescription' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'staff_id' then g.staff_id_gap
    end as missing
  from (
    select
      c.prescription_id || '|' || c.item_code as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.issued_at as date) as day, cast(null as bigint) as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p2.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p3.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap
    from prescription c
    cross join held
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    left join institution p2 on p2.institution_id = c.institution_id
    left join staff p3 on p3.staff_id = c.staff_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
      or (c.institution_id is not null and p2.institution_id is null)
      or (c.staff_id is not null and p3.staff_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id'),
      ('institution_id'),
      ('staff_id')
    ) as names(column_name)
  ) v
  union all
  select
    'price_cap' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'item_code' then g.item_code_gap
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.item_code || '|' || c.region_code || '|' || c.institution_level || '|' || cast(c.valid_from as varchar) as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.item_code is null and c.item_code is not null
        then case when held.catalogue_item_rows > 0 then c.item_code else '*' end end as item_code_gap,
      case when p1.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from price_cap c
    cross join held
    left join (select distinct item_code from catalogue_item) p0 on p0.item_code = c.item_code
    left join region p1 on p1.region_code = c.region_code
    where (c.item_code is not null and p0.item_code is null)
      or (c.region_code is not null and p1.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('item_code'),
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'procedure' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'surgeon_id' then g.surgeon_id_gap
      when 'anaesthetist_id' then g.anaesthetist_id_gap
    end as missing
  from (
    select
      c.encounter_id || '|' || cast(c.sequence as varchar) as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(parent.admitted_at as date) as day, cast(null as bigint) as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p2.staff_id is null and c.surgeon_id is not null
        then case when held.staff_rows > 0 then c.surgeon_id else '*' end end as surgeon_id_gap,
      case when p3.staff_id is null and c.anaesthetist_id is not null
        then case when held.staff_rows > 0 then c.anaesthetist_id else '*' end end as anaesthetist_id_gap
    from procedure c
    cross join held
    left join encounter parent on parent.encounter_id = c.encounter_id
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    left join staff p2 on p2.staff_id = c.surgeon_id
    left join staff p3 on p3.staff_id = c.anaesthetist_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
      or (c.surgeon_id is not null and p2.staff_id is null)
      or (c.anaesthetist_id is not null and p3.staff_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id'),
      ('surgeon_id'),
      ('anaesthetist_id')
    ) as names(column_name)
  ) v
  union all
  select
    'referral_filing' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'from_region' then g.from_region_gap
      when 'to_region' then g.to_region_gap
      when 'institution_id' then g.institution_id_gap
      when 'diagnosis_code' then g.diagnosis_code_gap
    end as missing
  from (
    select
      c.filing_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.filed_at as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.region_code is null and c.from_region is not null
        then case when held.region_rows > 0 then c.from_region else '*' end end as from_region_gap,
      case when p2.region_code is null and c.to_region is not null
        then case when held.region_rows > 0 then c.to_region else '*' end end as to_region_gap,
      case when p3.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p4.code is null and c.diagnosis_code is not null
        then case when held.code_diagnosis_rows > 0 then c.diagnosis_code else '*' end end as diagnosis_code_gap
    from referral_filing c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join region p1 on p1.region_code = c.from_region
    left join region p2 on p2.region_code = c.to_region
    left join institution p3 on p3.institution_id = c.institution_id
    left join (select distinct code from code_diagnosis) p4 on p4.code = c.diagnosis_code
    where (c.person_id is not null and p0.person_id is null)
      or (c.from_region is not null and p1.region_code is null)
      or (c.to_region is not null and p2.region_code is null)
      or (c.institution_id is not null and p3.institution_id is null)
      or (c.diagnosis_code is not null and p4.code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('from_region'),
      ('to_region'),
      ('institution_id'),
      ('diagnosis_code')
    ) as names(column_name)
  ) v
  union all
  select
    'region' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'parent_code' then g.parent_code_gap
      when 'pool_code' then g.pool_code_gap
    end as missing
  from (
    select
      c.region_code as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.region_code is null and c.parent_code is not null
        then case when held.region_rows > 0 then c.parent_code else '*' end end as parent_code_gap,
      case when p1.region_code is null and c.pool_code is not null
        then case when held.region_rows > 0 then c.pool_code else '*' end end as pool_code_gap
    from region c
    cross join held
    left join (select distinct region_code from region where region_code in (select parent_code from region)) p0 on p0.region_code = c.parent_code
    left join (select distinct region_code from region where region_code in (select pool_code from region)) p1 on p1.region_code = c.pool_code
    where (c.parent_code is not null and p0.region_code is null)
      or (c.pool_code is not null and p1.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('parent_code'),
      ('pool_code')
    ) as names(column_name)
  ) v
  union all
  select
    'region_year' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.region_code || '|' || cast(c.year as varchar) as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from region_year c
    cross join held
    left join region p0 on p0.region_code = c.region_code
    where (c.region_code is not null and p0.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'reminder_answer' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'staff_id' then g.staff_id_gap
      when 'encounter_id' then g.encounter_id_gap
      when 'order_id' then g.order_id_gap
      when 'item_code' then g.item_code_gap
    end as missing
  from (
    select
      c.reminder_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.answered_at as date) as day, cast(null as bigint) as amount,
      case when p0.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p1.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p2.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap,
      case when p3.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p4.order_id is null and c.order_id is not null
        then case when held.medical_order_rows > 0 then c.order_id else '*' end end as order_id_gap,
      case when p5.item_code is null and c.item_code is not null
        then case when held.catalogue_item_rows > 0 then c.item_code else '*' end end as item_code_gap
    from reminder_answer c
    cross join held
    left join person p0 on p0.person_id = c.person_id
    left join institution p1 on p1.institution_id = c.institution_id
    left join staff p2 on p2.staff_id = c.staff_id
    left join encounter p3 on p3.encounter_id = c.encounter_id
    left join medical_order p4 on p4.order_id = c.order_id
    left join (select distinct item_code from catalogue_item) p5 on p5.item_code = c.item_code
    where (c.person_id is not null and p0.person_id is null)
      or (c.institution_id is not null and p1.institution_id is null)
      or (c.staff_id is not null and p2.staff_id is null)
      or (c.encounter_id is not null and p3.encounter_id is null)
      or (c.order_id is not null and p4.order_id is null)
      or (c.item_code is not null and p5.item_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('person_id'),
      ('institution_id'),
      ('staff_id'),
      ('encounter_id'),
      ('order_id'),
      ('item_code')
    ) as names(column_name)
  ) v
  union all
  select
    'settlement' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'encounter_id' then g.encounter_id_gap
      when 'person_id' then g.person_id_gap
      when 'institution_id' then g.institution_id_gap
      when 'reversed_settlement_id' then g.reversed_settlement_id_gap
    end as missing
  from (
    select
      c.settlement_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.settled_at as date) as day, c.total_amount as amount,
      case when p0.encounter_id is null and c.encounter_id is not null
        then case when held.encounter_rows > 0 then c.encounter_id else '*' end end as encounter_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap,
      case when p2.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p3.settlement_id is null and c.reversed_settlement_id is not null
        then case when held.settlement_rows > 0 then c.reversed_settlement_id else '*' end end as reversed_settlement_id_gap
    from settlement c
    cross join held
    left join encounter p0 on p0.encounter_id = c.encounter_id
    left join person p1 on p1.person_id = c.person_id
    left join institution p2 on p2.institution_id = c.institution_id
    left join (select distinct settlement_id from settlement where settlement_id in (select reversed_settlement_id from settlement)) p3 on p3.settlement_id = c.reversed_settlement_id
    where (c.encounter_id is not null and p0.encounter_id is null)
      or (c.person_id is not null and p1.person_id is null)
      or (c.institution_id is not null and p2.institution_id is null)
      or (c.reversed_settlement_id is not null and p3.settlement_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('encounter_id'),
      ('person_id'),
      ('institution_id'),
      ('reversed_settlement_id')
    ) as names(column_name)
  ) v
  union all
  select
    'settlement_layer' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'settlement_id' then g.settlement_id_gap
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.settlement_id || '|' || c.layer as ref_id,
      parent.institution_id as institution_id, c.person_id as person_id,
      cast(parent.settled_at as date) as day, c.amount as amount,
      case when p0.settlement_id is null and c.settlement_id is not null
        then case when held.settlement_rows > 0 then c.settlement_id else '*' end end as settlement_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from settlement_layer c
    cross join held
    left join settlement parent on parent.settlement_id = c.settlement_id
    left join settlement p0 on p0.settlement_id = c.settlement_id
    left join person p1 on p1.person_id = c.person_id
    where (c.settlement_id is not null and p0.settlement_id is null)
      or (c.person_id is not null and p1.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('settlement_id'),
      ('person_id')
    ) as names(column_name)
  ) v
  union all
  select
    'staff' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'institution_id' then g.institution_id_gap
    end as missing
  from (
    select
      c.staff_id as ref_id,
      c.institution_id as institution_id, cast(null as varchar) as person_id,
      cast(null as date) as day, cast(null as bigint) as amount,
      case when p0.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap
    from staff c
    cross join held
    left join institution p0 on p0.institution_id = c.institution_id
    where (c.institution_id is not null and p0.institution_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('institution_id')
    ) as names(column_name)
  ) v
  union all
  select
    'staff_status' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'staff_id' then g.staff_id_gap
      when 'institution_id' then g.institution_id_gap
    end as missing
  from (
    select
      c.staff_id || '|' || cast(c.begin_date as varchar) as ref_id,
      c.institution_id as institution_id, cast(null as varchar) as person_id,
      cast(c.begin_date as date) as day, cast(null as bigint) as amount,
      case when p0.staff_id is null and c.staff_id is not null
        then case when held.staff_rows > 0 then c.staff_id else '*' end end as staff_id_gap,
      case when p1.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap
    from staff_status c
    cross join held
    left join staff p0 on p0.staff_id = c.staff_id
    left join institution p1 on p1.institution_id = c.institution_id
    where (c.staff_id is not null and p0.staff_id is null)
      or (c.institution_id is not null and p1.institution_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('staff_id'),
      ('institution_id')
    ) as names(column_name)
  ) v
  union all
  select
    'stock_move' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'institution_id' then g.institution_id_gap
      when 'item_code' then g.item_code_gap
    end as missing
  from (
    select
      c.move_id as ref_id,
      c.institution_id as institution_id, cast(null as varchar) as person_id,
      cast(c.moved_on as date) as day, c.amount as amount,
      case when p0.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p1.item_code is null and c.item_code is not null
        then case when held.catalogue_item_rows > 0 then c.item_code else '*' end end as item_code_gap
    from stock_move c
    cross join held
    left join institution p0 on p0.institution_id = c.institution_id
    left join (select distinct item_code from catalogue_item) p1 on p1.item_code = c.item_code
    where (c.institution_id is not null and p0.institution_id is null)
      or (c.item_code is not null and p1.item_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('institution_id'),
      ('item_code')
    ) as names(column_name)
  ) v
  union all
  select
    'survey_household' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'region_code' then g.region_code_gap
    end as missing
  from (
    select
      c.survey_id || '|' || c.household_id as ref_id,
      cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
      cast(c.surveyed_on as date) as day, cast(null as bigint) as amount,
      case when p0.region_code is null and c.region_code is not null
        then case when held.region_rows > 0 then c.region_code else '*' end end as region_code_gap
    from survey_household c
    cross join held
    left join region p0 on p0.region_code = c.region_code
    where (c.region_code is not null and p0.region_code is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('region_code')
    ) as names(column_name)
  ) v
  union all
  select
    'terminal_event' as ref_table, v.column_name, g.ref_id, g.institution_id, g.person_id, g.day, g.amount,
    case v.column_name
      when 'institution_id' then g.institution_id_gap
      when 'person_id' then g.person_id_gap
    end as missing
  from (
    select
      c.event_id as ref_id,
      c.institution_id as institution_id, c.person_id as person_id,
      cast(c.happened_at as date) as day, cast(null as bigint) as amount,
      case when p0.institution_id is null and c.institution_id is not null
        then case when held.institution_rows > 0 then c.institution_id else '*' end end as institution_id_gap,
      case when p1.person_id is null and c.person_id is not null
        then case when held.person_rows > 0 then c.person_id else '*' end end as person_id_gap
    from terminal_event c
    cross join held
    left join institution p0 on p0.institution_id = c.institution_id
    left join person p1 on p1.person_id = c.person_id
    where (c.institution_id is not null and p0.institution_id is null)
      or (c.person_id is not null and p1.person_id is null)
  ) g
  cross join (
    select column_name
    from (
      values
      ('institution_id'),
      ('person_id')
    ) as names(column_name)
  ) v
),
counted as (
  select
    ref_table, column_name, case when missing <> '*' then institution_id end as institution_id,
    case when missing <> '*' then date_trunc('month', day) end as month, missing, min(ref_id) as ref_id,
    min(person_id) as person_id, min(day) as occurred_on, count(*) as row_count, cast(sum(amount) as bigint) as amount
  from missing
  where missing is not null
  group by 1, 2, 3, 4, 5
),
ranked as (
  select ref_table, column_name, institution_id, month, ref_id, person_id, occurred_on, missing, row_count, amount,
    row_number() over (
      partition by ref_table, column_name, institution_id, month order by row_count desc, missing
    ) as place
  from counted
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
