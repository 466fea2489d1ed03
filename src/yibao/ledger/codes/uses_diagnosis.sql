-- Diagnosis codes as they are written. The bill of an encounter counts once, with its main diagnosis (or the first written).
with bills as (
  select encounter_id, cast(sum(total_amount) as bigint) as amount
  from settlement
  where encounter_id is not null
  group by encounter_id
),
written as (
  select
    e.institution_id, cast(coalesce(e.discharged_at, e.admitted_at) as date) as coded_on, p.sex,
    date_diff('day', p.birth_date, cast(coalesce(e.discharged_at, e.admitted_at) as date)) as age,
    coalesce(d.code_version, 'local') as from_system, d.code, d.name, case when d.is_main then 1 else 0 end as main,
    case when row_number() over (partition by d.encounter_id order by d.is_main desc nulls last, d.sequence) = 1 then b.amount else 0 end as amount
  from diagnosis d
  left join encounter e on e.encounter_id = d.encounter_id
  left join person p on p.person_id = d.person_id
  left join bills b on b.encounter_id = d.encounter_id
)
select
  w.institution_id, cast(date_trunc('month', w.coded_on) as date) as month, w.from_system,
  w.code, w.name, cast(null as varchar) as list_type, cast(null as varchar) as charge_type,
  w.from_system in ('local', $edition)
    and exists (select 1 from code_diagnosis c where c.code = w.code and c.version = $edition) as listed,
  w.from_system in ('local', $edition)
    and exists (
      select 1 from code_diagnosis c
      where c.code = w.code
        and c.version = $edition
        and (c.valid_from is null or c.valid_from <= w.coded_on)
        and (c.valid_to is null or c.valid_to > w.coded_on)
    ) as valid,
  count(*) as row_count, cast(sum(coalesce(w.amount, 0)) as bigint) as money, cast(null as bigint) as quantity,
  count(case when w.sex = '1' then 1 end) as male, count(case when w.sex = '2' then 1 end) as female,
  min(w.age) as youngest, max(w.age) as oldest, cast(sum(w.main) as bigint) as mains
from written w
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
