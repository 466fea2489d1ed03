-- H05-5 · Operations that are coded wrongly or not at all, or of which another than the main one is called main. One
-- finding per institution and month in which they are no exception.
with stay as (
    select e.encounter_id, e.institution_id, e.admitted_at, e.discharged_at,
        date_trunc('month', coalesce(e.discharged_at, e.admitted_at)) as month_at
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and coalesce(e.discharged_at, e.admitted_at) <= $as_of
),

known as (
    select distinct code from code_procedure
),

operation as (
    select s.institution_id, s.month_at, s.encounter_id, s.admitted_at, s.discharged_at, p.sequence, p.code, p.is_main,
        p.begin_at, p.end_at, p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id
    from procedure as p
    join stay as s on s.encounter_id = p.encounter_id
),

-- The fees of an operation: what the list charges as surgery, net of refunds.
surgery as (
    select l.encounter_id, cast(sum(l.amount + coalesce(r.amount, 0)) as bigint) as amount
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.charge_type = '06' and l.reversed_line_id is null
    group by l.encounter_id
),

error as (
    select institution_id, month_at, 'unknown_code' as signal, 'procedure' as ref_table, ref_id
    from operation
    where exists (select 1 from known) and not exists (select 1 from known as k where k.code = operation.code)
    union all
    select institution_id, month_at, 'outside_stay', 'procedure', ref_id
    from operation
    where begin_at < admitted_at or begin_at > discharged_at or end_at < begin_at
    union all
    select s.institution_id, s.month_at, 'no_code', 'encounter', s.encounter_id
    from surgery as f
    join stay as s on s.encounter_id = f.encounter_id
    where f.amount >= $min_surgery
        and not exists (select 1 from operation as o where o.encounter_id = s.encounter_id)
    union all
    select institution_id, month_at, 'main_operation', 'encounter', encounter_id
    from operation
    group by institution_id, month_at, encounter_id
    having count(case when is_main then 1 end) <> 1
)

select institution_id, month_at, signal, ref_table, ref_id, 0 as records
from error
union all
select institution_id, month_at, cast(null as varchar), cast(null as varchar), cast(null as varchar), count(*)
from stay
group by institution_id, month_at
