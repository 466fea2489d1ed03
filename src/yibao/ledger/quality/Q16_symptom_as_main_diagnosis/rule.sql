with leads as (
  select encounter_id, sequence, person_id, code
  from diagnosis
  where is_main and regexp_matches(upper(code), '^[RZ][0-9]') and not regexp_matches(upper(code), $lawful)
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, d.person_id,
  'diagnosis' as ref_table, d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, 'code' as column_name,
  d.code as value, cast(null as bigint) as amount
from leads d
join encounter e on e.encounter_id = d.encounter_id
where e.kind in ('21', '22', '23', '24', '52')
  and exists (
    select 1 from diagnosis o
    where o.encounter_id = d.encounter_id and o.sequence <> d.sequence and regexp_matches(upper(o.code), $definite)
  )
