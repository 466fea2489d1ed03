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
)

select institution_id, month_at, signal, ref_table, ref_id, 0 as records
from error
union all
select institution_id, month_at, cast(null as varchar), cast(null as varchar), cast(null as varchar), count(*)
from line
group by institution_id, month_at
