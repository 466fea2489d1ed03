-- A diagnosis at an age outside [$youngest, $oldest] years at which its codes are not met.
-- Age in completed years: the difference of dates written as yyyymmdd, divided by 10000.
with coded as (
  select encounter_id, sequence, person_id, code
  from diagnosis
  where regexp_matches(upper(code), $codes)
),
aged as (
  select
    d.encounter_id, d.sequence, d.person_id, d.code, e.institution_id, e.admitted_at,
    (
      year(e.admitted_at) * 10000 + month(e.admitted_at) * 100 + day(e.admitted_at)
      - year(p.birth_date) * 10000 - month(p.birth_date) * 100 - day(p.birth_date)
    ) // 10000 as age
  from coded d
  join person p on p.person_id = d.person_id
  join encounter e on e.encounter_id = d.encounter_id
)
select
  cast(admitted_at as date) as occurred_on, institution_id, person_id,
  'diagnosis' as ref_table, encounter_id || '|' || cast(sequence as varchar) as ref_id, 'code' as column_name,
  code as value, cast(null as bigint) as amount,
  '就诊时 ' || cast(age as varchar) || ' 岁' as note_zh, 'aged ' || cast(age as varchar) || ' at the visit' as note_en
from aged
where age < $youngest or age > $oldest
