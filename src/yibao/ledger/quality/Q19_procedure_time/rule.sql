-- Both times at midnight mean that only the day was recorded. An operation may begin before the admission is entered,
-- so a few hours are allowed at both ends.
with timed as (
  select
    o.encounter_id, o.sequence, o.person_id, o.begin_at, o.end_at, e.institution_id, e.admitted_at,
    case
      when o.end_at < o.begin_at
        or (o.end_at = o.begin_at and o.begin_at <> date_trunc('day', o.begin_at)) then 'end_at'
      when o.begin_at < date_trunc('day', e.admitted_at) - $slack_hours * interval 1 hour then 'begin_at'
      when coalesce(o.end_at, o.begin_at) > e.discharged_at + $slack_hours * interval 1 hour then 'end_at'
    end as fault
  from procedure o
  left join encounter e on e.encounter_id = o.encounter_id
)
select
  cast(admitted_at as date) as occurred_on, institution_id, person_id,
  'procedure' as ref_table, encounter_id || '|' || cast(sequence as varchar) as ref_id, fault as column_name,
  case when fault = 'begin_at' then cast(begin_at as varchar) else cast(coalesce(end_at, begin_at) as varchar) end
    as value,
  cast(null as bigint) as amount
from timed
where fault is not null
