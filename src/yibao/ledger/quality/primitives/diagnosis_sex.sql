-- A diagnosis of the other sex: a code of $codes carried by a person of $sex.
-- The codes first: few rows carry them. None can be ICD-9, whose codes begin with a digit, V, E8 or E9.
with coded as (
  select encounter_id, sequence, person_id, code
  from diagnosis
  where regexp_matches(upper(code), $codes)
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, d.person_id,
  'diagnosis' as ref_table, d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, 'code' as column_name,
  d.code as value, cast(null as bigint) as amount
from coded d
join person p on p.person_id = d.person_id
left join encounter e on e.encounter_id = d.encounter_id
where p.sex = $sex
