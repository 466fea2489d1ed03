-- P14 · Records that are incomplete, wrong or contradict each other, where they are no exception: one finding per
-- institution and month. The law's own rule.sql says which records are looked at and what is wrong with them: a row with
-- a signal is an error of one record, a row without says how many `records` of the month were looked at.
with checked as (
{own}
),

counted as (
    select institution_id, month_at, signal, count(*) as errors
    from checked
    where signal is not null
    group by institution_id, month_at, signal
),

monthly as (
    select institution_id, month_at, count(signal) as errors, cast(sum(records) as bigint) as records
    from checked
    group by institution_id, month_at
    having count(signal) >= $min_errors
        and count(signal) * 10000 > $error_share * cast(sum(records) as bigint)
),

evidence as (
    select institution_id, month_at, 'share' as signal, errors * 10000 // records as value, 'institution' as ref_table,
        institution_id as ref_id
    from monthly
    union all
    select shown.institution_id, shown.month_at, shown.signal, shown.errors, shown.ref_table, shown.ref_id
    from (
        select e.institution_id, e.month_at, e.signal, c.errors, e.ref_table, e.ref_id
        from checked as e
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
