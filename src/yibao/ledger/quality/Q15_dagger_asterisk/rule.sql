-- A pair may be one code (A01.001+K77.0*) or two diagnoses of one encounter.
with marked as (
  select
    encounter_id, sequence, person_id, code, coalesce(is_main, false) as is_main,
    regexp_matches(code, '^[^+]*[*]') as asterisk_first,
    regexp_matches(code, '^[^+]*[*]$') as asterisk_alone,
    regexp_matches(code, '^[^*]*[+]$') as dagger_alone
  from diagnosis
  where regexp_matches(code, '[+*]')
),
partners as (
  select
    encounter_id, sequence, person_id, code, is_main, asterisk_first, asterisk_alone, dagger_alone,
    count(case when asterisk_alone then 1 end) over (partition by encounter_id) as asterisks,
    count(case when dagger_alone then 1 end) over (partition by encounter_id) as daggers
  from marked
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, d.person_id,
  'diagnosis' as ref_table, d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, 'code' as column_name,
  d.code as value, cast(null as bigint) as amount
from partners d
left join encounter e on e.encounter_id = d.encounter_id
where (d.is_main and d.asterisk_first)
  or (d.dagger_alone and d.asterisks = 0)
  or (d.asterisk_alone and d.daggers = 0)
