-- A10-3 · One implant, one label, one patient: a serial number that was put in once is recorded again in another
-- encounter. The first use is taken as genuine; a piece that came out of its box and went back had not been used.
with used as (
    select
        implant_id, encounter_id, person_id, institution_id, staff_id, implanted_at, item_code,
        coalesce(device_identifier, item_code, item_name) || '|' || serial_no as label
    from implant
    where serial_no is not null and outcome in ('implanted', 'removed') and implanted_at <= $as_of
),

followed as (
    select
        used.*,
        first_value(implant_id) over w as first_implant_id,
        first_value(encounter_id) over w as first_encounter_id,
        first_value(institution_id) over w as first_institution_id,
        first_value(implanted_at) over w as first_at,
        row_number() over (partition by label, encounter_id order by implanted_at, implant_id) as copy
    from used
    window w as (
        partition by label order by implanted_at, implant_id rows between unbounded preceding and unbounded following
    )
),

-- The same encounter scanned twice is one use that was sent twice.
again as (
    select * from followed where encounter_id <> first_encounter_id and copy = 1
),

line as (
    select
        l.encounter_id, l.item_code, l.line_id,
        round_half_up((l.amount + coalesce(r.amount, 0)) * 1000, l.quantity + coalesce(r.quantity, 0)) as amount,
        round_half_up(
            (coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0)) * 1000, l.quantity + coalesce(r.quantity, 0)
        ) as fund_amount,
        (l.quantity + coalesce(r.quantity, 0)) // 1000 as pieces,
        cast(sum((l.quantity + coalesce(r.quantity, 0)) // 1000) over (
            partition by l.encounter_id, l.item_code order by l.charged_at, l.line_id
            rows between unbounded preceding and current row
        ) as bigint) as last_piece
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.encounter_id in (select encounter_id from again)
        and l.item_code in (select item_code from again)
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) >= 1000
),

-- Of several labels of one item used again each takes one charged piece.
piece as (
    select again.*, row_number() over (partition by encounter_id, item_code order by label) as piece from again
),

charged as (
    select p.implant_id, l.line_id, l.amount, l.fund_amount
    from piece as p
    join line as l
        on l.encounter_id = p.encounter_id and l.item_code = p.item_code
        and p.piece > l.last_piece - l.pieces and p.piece <= l.last_piece
),

evidence as (
    select
        implant_id, 'used_again' as signal, date_diff('day', cast(first_at as date), cast(implanted_at as date)) as value,
        'implant' as ref_table, first_implant_id as ref_id, 0 as amount, 0 as fund_amount
    from again
    union all
    select implant_id, 'elsewhere', cast(null as bigint), 'institution', first_institution_id, 0, 0
    from again
    where institution_id <> first_institution_id
    union all
    select implant_id, 'line', cast(null as bigint), 'charge_line', line_id, amount, fund_amount from charged
)

select
    a.implant_id as finding_key, a.person_id, a.institution_id, a.encounter_id, a.staff_id, a.implanted_at as occurred_at,
    e.signal, e.value, e.ref_table, e.ref_id, cast(null as varchar) as kp_id, e.amount, e.fund_amount
from again as a
join evidence as e on e.implant_id = a.implant_id
