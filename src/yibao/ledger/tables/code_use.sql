-- Rows whose code a list holds on their day and rows for which none does are counted apart. The lists are searched once
-- for each code and day, not for each row; a row without a day, whose encounter is missing, may use a code of any day.
-- Without a version of its own a code is of the insurance edition, whose lists are named 医保…; where no list is so named,
-- it may be in any.
with named as (
  select
    (select count(*) from code_diagnosis where version like '医保%') as diagnosis_lists,
    (select count(*) from code_procedure where version like '医保%') as procedure_lists
),
listed as (
  select 'item' as kind, item_code as code, cast(null as varchar) as version, true as is_home, valid_from, valid_to
  from catalogue_item
  union all
  select 'diagnosis', d.code, d.version, n.diagnosis_lists = 0 or d.version like '医保%', d.valid_from, d.valid_to
  from code_diagnosis d
  cross join named n
  union all
  select 'procedure', p.code, p.version, n.procedure_lists = 0 or p.version like '医保%', p.valid_from, p.valid_to
  from code_procedure p
  cross join named n
),
bills as (
  select encounter_id, cast(sum(total_amount) as bigint) as amount
  from settlement
  group by encounter_id
),
first_procedures as (
  select encounter_id, coalesce(min(case when is_main then sequence end), min(sequence)) as sequence
  from procedure
  group by encounter_id
),
days as (
  select 'item' as kind, item_code as code, cast(null as varchar) as version, cast(charged_at as date) as day
  from charge_line
  union
  select 'item', item_code, cast(null as varchar), cast(begin_at as date)
  from medical_order
  union
  select 'item', item_code, cast(null as varchar), cast(issued_at as date)
  from prescription
  union
  select 'diagnosis', d.code, d.code_version, cast(e.admitted_at as date)
  from diagnosis d
  left join encounter e on e.encounter_id = d.encounter_id
  union
  select 'diagnosis', main_diagnosis, cast(null as varchar), cast(admitted_at as date)
  from encounter
  union
  select 'procedure', o.code, o.code_version, cast(e.admitted_at as date)
  from procedure o
  left join encounter e on e.encounter_id = o.encounter_id
),
in_force as (
  select d.kind, d.code, coalesce(d.version, '') as version, d.day
  from days d
  where exists (
    select 1 from listed l
    where l.kind = d.kind and l.code = d.code
      and (l.version = d.version or (d.version is null and l.is_home))
      and (d.day is null or l.valid_from is null or l.valid_from <= d.day)
      and (d.day is null or l.valid_to is null or l.valid_to > d.day)
  )
),
used as (
  select
    'item' as kind, 'charge_line' as table_name, 'item_code' as column_name, institution_id,
    cast(charged_at as date) as day, item_code as code, cast(null as varchar) as version, line_id as ref_id, amount
  from charge_line
  where item_code is not null
  union all
  select
    'item', 'medical_order', 'item_code', institution_id, cast(begin_at as date), item_code, cast(null as varchar),
    order_id, cast(0 as bigint)
  from medical_order
  where item_code is not null
  union all
  select
    'item', 'prescription', 'item_code', institution_id, cast(issued_at as date), item_code, cast(null as varchar),
    prescription_id || '|' || item_code, cast(0 as bigint)
  from prescription
  union all
  select
    'diagnosis', 'diagnosis', 'code', e.institution_id, cast(e.admitted_at as date), d.code, d.code_version,
    d.encounter_id || '|' || cast(d.sequence as varchar),
    case when d.is_main then coalesce(b.amount, 0) else 0 end
  from diagnosis d
  left join encounter e on e.encounter_id = d.encounter_id
  left join bills b on b.encounter_id = d.encounter_id
  union all
  select
    'diagnosis', 'encounter', 'main_diagnosis', e.institution_id, cast(e.admitted_at as date), e.main_diagnosis,
    cast(null as varchar), e.encounter_id, coalesce(b.amount, 0)
  from encounter e
  left join bills b on b.encounter_id = e.encounter_id
  where e.main_diagnosis is not null
    and not exists (select 1 from diagnosis d where d.encounter_id = e.encounter_id)
  union all
  select
    'procedure', 'procedure', 'code', e.institution_id, cast(e.admitted_at as date), o.code, o.code_version,
    o.encounter_id || '|' || cast(o.sequence as varchar),
    case when f.sequence is null then 0 else coalesce(b.amount, 0) end
  from procedure o
  left join encounter e on e.encounter_id = o.encounter_id
  left join bills b on b.encounter_id = o.encounter_id
  left join first_procedures f on f.encounter_id = o.encounter_id and f.sequence = o.sequence
)
select
  u.kind, u.table_name, u.column_name, u.institution_id, cast(date_trunc('month', u.day) as date) as month, u.code,
  u.version as code_version, f.code is not null as is_in_force, count(*) as row_count,
  cast(sum(u.amount) as bigint) as amount, min(u.ref_id) as first_ref, min(u.day) as first_day
from used u
left join in_force f
  on f.kind = u.kind and f.code = u.code and f.version = coalesce(u.version, '')
  and f.day is not distinct from u.day
group by 1, 2, 3, 4, 5, 6, 7, 8
