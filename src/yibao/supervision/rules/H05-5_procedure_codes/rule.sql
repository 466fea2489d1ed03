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
),

total as (
    select institution_id, month_at, count(*) as records
    from stay
    group by institution_id, month_at
),

counted as (
    select institution_id, month_at, signal, count(*) as errors
    from error
    group by institution_id, month_at, signal
),

monthly as (
    select c.institution_id, c.month_at, cast(sum(c.errors) as bigint) as errors, max(t.records) as records
    from counted as c
    join total as t on t.institution_id = c.institution_id and t.month_at = c.month_at
    group by c.institution_id, c.month_at
    having cast(sum(c.errors) as bigint) >= $min_errors
        and cast(sum(c.errors) as bigint) * 10000 > $error_share * max(t.records)
),

evidence as (
    select institution_id, month_at, 'share' as signal, errors * 10000 // records as value, 'institution' as ref_table,
        institution_id as ref_id
    from monthly
    union all
    select shown.institution_id, shown.month_at, shown.signal, shown.errors, shown.ref_table, shown.ref_id
    from (
        select e.institution_id, e.month_at, e.signal, c.errors, e.ref_table, e.ref_id
        from error as e
        join monthly as m on m.institution_id = e.institution_id and m.month_at = e.month_at
        join counted as c on c.institution_id = e.institution_id and c.month_at = e.month_at and c.signal = e.signal
        qualify row_number() over (partition by e.institution_id, e.month_at, e.signal order by e.ref_id) <= $shown
    ) as shown
)

select
    institution_id || '|' || substr(cast(cast(month_at as date) as varchar), 1, 7) as finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    month_at as occurred_at,
    signal,
    value,
    ref_table,
    ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from evidence
