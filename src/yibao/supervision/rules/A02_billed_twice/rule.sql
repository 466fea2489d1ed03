-- The line before of the same item under the same order (or prescription) of an encounter, refunded lines left out.
with line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.item_name, l.charged_at,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        lag(l.line_id) over w as earlier_line_id,
        lag(l.charged_at) over w as earlier_at,
        lag(l.item_name) over w as earlier_name,
        lag(l.quantity) over w as earlier_quantity
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
    window w as (
        partition by l.encounter_id, l.item_code, coalesce(l.order_id, l.prescription_id, '')
        order by l.charged_at, l.line_id
    )
),

again as (
    select
        line.*, (cast(epoch(charged_at) as bigint) - cast(epoch(earlier_at) as bigint)) // 60 as minutes_after
    from line
    where cast(epoch(charged_at) as bigint) - cast(epoch(earlier_at) as bigint) <= $window_minutes * 60
        -- one name tells the left side only, the other the right side only
        and not coalesce(
            regexp_matches(lower(item_name), '左|left') <> regexp_matches(lower(item_name), '右|right')
            and regexp_matches(lower(earlier_name), '左|left') <> regexp_matches(lower(earlier_name), '右|right')
            and regexp_matches(lower(item_name), '左|left') <> regexp_matches(lower(earlier_name), '左|left'),
            false
        )
),

-- An order for as many as were billed is no double billing.
finding as (
    select
        a.line_id, a.person_id, a.institution_id, a.encounter_id, a.staff_id, a.charged_at, a.amount, a.fund_amount,
        a.earlier_line_id, a.minutes_after
    from again as a
    left join medical_order as m on m.order_id = a.order_id
    where not coalesce(m.quantity >= a.quantity + a.earlier_quantity, false)
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'again' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, line_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'minutes_after' as signal, minutes_after as value, 'charge_line' as ref_table, earlier_line_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
