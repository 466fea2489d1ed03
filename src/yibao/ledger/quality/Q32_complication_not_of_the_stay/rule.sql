-- Which diagnoses are major complications is said by the list of codes; without one nothing can be judged.
with graded as (
  select distinct code, version
  from code_diagnosis
  where complication = 'MCC'
),
majors as (
  select
    d.encounter_id, d.sequence, d.person_id, d.code, coalesce(d.admission_condition, '') as condition,
    count(case when coalesce(d.admission_condition, '') <> '4' then 1 end) over (partition by d.encounter_id) as others,
    row_number() over (partition by d.encounter_id order by d.sequence) as place
  from diagnosis d
  where not coalesce(d.is_main, false)
    and exists (
      select 1 from graded g where g.code = d.code and (d.code_version is null or g.version = d.code_version)
    )
),
bills as (
  select encounter_id, max(institution_id) as institution_id, max(settled_at) as settled_at,
    cast(sum(total_amount) as bigint) as amount
  from settlement
  where regexp_matches(drg_code, $with_mcc)
  group by encounter_id
  having cast(sum(total_amount) as bigint) > 0
)
select
  cast(b.settled_at as date) as occurred_on, b.institution_id, m.person_id,
  'diagnosis' as ref_table, m.encounter_id || '|' || cast(m.sequence as varchar) as ref_id,
  'admission_condition' as column_name, m.condition as value, case when m.place = 1 then b.amount else 0 end as amount
from majors m
join bills b on b.encounter_id = m.encounter_id
where m.others = 0
