-- One row per stay (part c), per western diagnosis (d) and per procedure (p), to be put together by the kernel. A stay
-- whose bills were all withdrawn is no case. The main diagnosis is the one that is marked, else the main diagnosis of
-- the stay, else the first of the list; without a list it is the main diagnosis of the stay.
with bill as (
    select encounter_id, cast(sum(total_amount) as bigint) as amount, count(reversed_settlement_id) as reversals
    from settlement
    group by encounter_id
),
stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.main_diagnosis, e.department, e.discharge_way, e.admitted_at,
        e.discharged_at, coalesce(b.amount, 0) as amount
    from encounter as e
    left join bill as b on b.encounter_id = e.encounter_id
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
        and not (coalesce(b.reversals, 0) > 0 and coalesce(b.amount, 0) = 0)
),
-- Confirmed maps to the edition that was asked for: an institution's own before that of all. A code with several targets,
-- by the system that it came from, is left as it is.
target as (
    select kind, institution_id, from_code, max(to_code) as to_code
    from code_in_force
    where to_system = $edition
    group by kind, institution_id, from_code
    having min(to_code) = max(to_code)
),
listed as (
    select
        d.encounter_id, d.sequence, coalesce(own.to_code, every.to_code, d.code) as code, d.code as written,
        coalesce(d.is_main, false) as is_main
    from diagnosis as d
    join stay as s on s.encounter_id = d.encounter_id
    left join target as own
        on own.kind = 'diagnosis' and own.from_code = d.code and own.institution_id = s.institution_id
    left join target as every
        on every.kind = 'diagnosis' and every.from_code = d.code and every.institution_id is null
    where coalesce(d.kind, '') not in ('2', '3')
),
operated as (
    select
        o.encounter_id, o.sequence, coalesce(own.to_code, every.to_code, o.code) as code, o.code as written,
        coalesce(o.is_main, false) as is_main
    from procedure as o
    join stay as s on s.encounter_id = o.encounter_id
    left join target as own
        on own.kind = 'procedure' and own.from_code = o.code and own.institution_id = s.institution_id
    left join target as every
        on every.kind = 'procedure' and every.from_code = o.code and every.institution_id is null
),
marks as (
    select encounter_id, count(case when is_main then 1 end) as mains
    from listed
    group by encounter_id
),
weights as (
    select encounter_id, max(value) as weight_milli
    from list_detail
    where kind = 'newborn'
    group by encounter_id
),
intensive as (
    select encounter_id, cast(sum(cast(epoch(end_at) as bigint) - cast(epoch(begin_at) as bigint)) as bigint) as seconds
    from list_detail
    where kind = 'icu' and begin_at is not null and end_at is not null
    group by encounter_id
)
select
    s.encounter_id, 'c' as part, cast(0 as bigint) as rank, cast(null as varchar) as code,
    cast(null as varchar) as written, s.person_id,
    s.institution_id, i.level as institution_level, p.sex, p.birth_date, s.admitted_at, s.discharged_at,
    s.discharge_way, s.department, w.weight_milli, t.seconds as icu_seconds, s.amount, coalesce(m.mains, 0) as mains
from stay as s
left join person as p on p.person_id = s.person_id
left join institution as i on i.institution_id = s.institution_id
left join marks as m on m.encounter_id = s.encounter_id
left join weights as w on w.encounter_id = s.encounter_id
left join intensive as t on t.encounter_id = s.encounter_id
union all
select
    s.encounter_id, 'd',
    case when l.is_main then 0 when l.written = s.main_diagnosis then 1000000 else 2000000 end + l.sequence,
    l.code, l.written,
    cast(null as varchar), cast(null as varchar), cast(null as varchar), cast(null as varchar), cast(null as date),
    cast(null as timestamp), cast(null as timestamp), cast(null as varchar), cast(null as varchar),
    cast(null as bigint), cast(null as bigint), cast(null as bigint), cast(null as bigint)
from stay as s
join listed as l on l.encounter_id = s.encounter_id
union all
select
    s.encounter_id, 'd', cast(0 as bigint), s.main_diagnosis, s.main_diagnosis,
    cast(null as varchar), cast(null as varchar), cast(null as varchar), cast(null as varchar), cast(null as date),
    cast(null as timestamp), cast(null as timestamp), cast(null as varchar), cast(null as varchar),
    cast(null as bigint), cast(null as bigint), cast(null as bigint), cast(null as bigint)
from stay as s
where s.main_diagnosis is not null
    and not exists (select 1 from listed as l where l.encounter_id = s.encounter_id)
union all
select
    s.encounter_id, 'p', case when o.is_main then 0 else 1000000 end + o.sequence, o.code, o.written,
    cast(null as varchar), cast(null as varchar), cast(null as varchar), cast(null as varchar), cast(null as date),
    cast(null as timestamp), cast(null as timestamp), cast(null as varchar), cast(null as varchar),
    cast(null as bigint), cast(null as bigint), cast(null as bigint), cast(null as bigint)
from stay as s
join operated as o on o.encounter_id = s.encounter_id
