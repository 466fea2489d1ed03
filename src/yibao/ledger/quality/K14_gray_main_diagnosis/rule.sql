-- Gray codes are known only where a list is loaded that marks them.
with marked as (
  select code, version, valid_from, valid_to
  from code_diagnosis
  where is_gray
),
known as (
  select count(*) as codes
  from code_diagnosis
  where is_gray is not null
),
mains as (
  select d.encounter_id, d.sequence, d.code, d.code_version, e.institution_id, cast(e.admitted_at as date) as day
  from diagnosis d
  join encounter e on e.encounter_id = d.encounter_id
  where d.is_main and coalesce(d.kind, '') not in ('2', '3')
),
gray as (
  select m.encounter_id, m.sequence
  from mains m
  where exists (
    select 1 from marked g
    where g.code = m.code and (m.code_version is null or g.version = m.code_version)
      and (g.valid_from is null or g.valid_from <= m.day) and (g.valid_to is null or g.valid_to > m.day)
  )
)
select
  'institution' as subject_kind, m.institution_id as subject_id, cast(date_trunc('month', m.day) as date) as period_from,
  cast(date_trunc('month', m.day) + interval 1 month as date) as period_to, count(g.encounter_id) as numerator,
  count(*) as denominator, cast(null as bigint) as expected_ppm,
  round_half_up(count(g.encounter_id) * 1000000, count(*)) as value_ppm, cast(null as bigint) as lower_ppm,
  cast(null as bigint) as upper_ppm, cast(null as varchar) as note
from mains m
cross join known k
left join gray g on g.encounter_id = m.encounter_id and g.sequence = m.sequence
where k.codes > 0
group by m.institution_id, date_trunc('month', m.day)
