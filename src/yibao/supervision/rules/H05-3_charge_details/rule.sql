-- H05-3 · Charge details that are missing, wrong or of no catalogue. One finding per institution and month in which
-- they are no exception.
with listed as (
    select item_code, min(valid_from) as valid_from, max(coalesce(valid_to, date '9999-12-31')) as valid_to
    from catalogue_item
    group by item_code
),

line as (
    select l.line_id, l.institution_id, l.item_code, l.quantity, l.unit_price, l.amount, l.charged_at, l.executed_at,
        l.encounter_id, date_trunc('month', l.charged_at) as month_at
    from charge_line as l
    where l.reversed_line_id is null and l.charged_at <= $as_of
),

-- Price times quantity in millionths of a yuan by thousandths: a fen is ten million of them.
error as (
    select institution_id, month_at, 'product' as signal, 'charge_line' as ref_table, line_id as ref_id
    from line
    where abs(quantity * unit_price - amount * 10000000) > $tolerance_fen * 10000000
    union all
    select institution_id, month_at, 'no_item', 'charge_line', line_id
    from line
    where item_code is null
    union all
    select institution_id, month_at, 'no_encounter', 'charge_line', line_id
    from line
    where encounter_id is null
    union all
    select institution_id, month_at, 'no_quantity', 'charge_line', line_id
    from line
    where quantity is null or quantity <= 0
    union all
    select l.institution_id, l.month_at, 'not_listed', 'charge_line', l.line_id
    from line as l
    left join listed as c on c.item_code = l.item_code
    where l.item_code is not null
        and exists (select 1 from listed)
        and (
            c.item_code is null or cast(l.charged_at as date) < c.valid_from or cast(l.charged_at as date) >= c.valid_to
        )
),

total as (
    select institution_id, month_at, count(*) as records
    from line
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
