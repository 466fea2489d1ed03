-- V, W, X, Y are external causes in ICD-10 only; an encounter with a code that begins with a digit is coded in ICD-9,
-- where V codes are ordinary. The list of codes is consulted only if one is loaded, and for codes of ICD-10's form.
with mains as (
  select d.encounter_id, d.sequence, d.person_id, d.code, d.code_version, e.institution_id,
    cast(e.admitted_at as date) as occurred_on, cast(coalesce(e.discharged_at, e.admitted_at) as date) as coded_on
  from diagnosis d
  left join encounter e on e.encounter_id = d.encounter_id
  where d.is_main and coalesce(d.kind, '') not in ('2', '3')
),
listed as (
  select count(*) as codes
  from code_diagnosis
),
judged as (
  select m.encounter_id, m.sequence, m.person_id, m.code, m.institution_id, m.occurred_on, max(l.codes) as codes,
    count(c.code) as entries, count(case when c.is_gray then 1 end) as gray_entries
  from mains m
  cross join listed l
  left join code_diagnosis c
    on c.code = m.code
    and (m.code_version is null or c.version = m.code_version)
    and (m.coded_on is null or c.valid_from is null or c.valid_from <= m.coded_on)
    and (m.coded_on is null or c.valid_to is null or c.valid_to > m.coded_on)
  group by m.encounter_id, m.sequence, m.person_id, m.code, m.institution_id, m.occurred_on
),
suspects as (
  select
    encounter_id, sequence, person_id, code, institution_id, occurred_on,
    regexp_matches(upper(code), $morphology)
      or gray_entries > 0
      or (codes > 0 and entries = 0 and regexp_matches(upper(code), '^[A-Z][0-9][0-9A-Z]([.]|$)')) as invalid
  from judged
)
select
  s.occurred_on, s.institution_id, s.person_id,
  'diagnosis' as ref_table, s.encounter_id || '|' || cast(s.sequence as varchar) as ref_id, 'code' as column_name,
  s.code as value, cast(null as bigint) as amount
from suspects s
where s.invalid
  or (
    regexp_matches(upper(s.code), $external)
    and not exists (
      select 1 from diagnosis d where d.encounter_id = s.encounter_id and regexp_matches(d.code, '^[0-9]')
    )
  )
