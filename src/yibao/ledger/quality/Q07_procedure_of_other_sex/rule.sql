-- Only codes with a point are judged: without it leading zeros get lost too, and 6011 may be 60.11 or 06.011.
with coded as (
  select encounter_id, sequence, person_id, code, case when regexp_matches(code, $male) then '1' else '2' end as sex
  from procedure
  where regexp_matches(code, $male) or regexp_matches(code, $female)
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, o.person_id,
  'procedure' as ref_table, o.encounter_id || '|' || cast(o.sequence as varchar) as ref_id, 'code' as column_name,
  o.code as value, cast(null as bigint) as amount
from coded o
join person p on p.person_id = o.person_id
left join encounter e on e.encounter_id = o.encounter_id
where p.sex in ('1', '2') and p.sex <> o.sex
