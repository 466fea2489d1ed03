-- A prescription may be dispensed from two lots, each its own line: drugs count only where an order says how much was
-- meant.
with billed as (
    select encounter_id, item_code, cast(epoch(charged_at) as bigint) as at_second
    from charge_line
    where reversed_line_id is null
        and (order_id is not null or coalesce(list_type, '') not in ('101', '102', '103'))
),

-- Few items are billed twice within minutes: counted in spans of twice the window, and again in spans that begin half a
-- span later, two lines of one window share a span. Only these are put in order.
crowded as (
    select encounter_id, item_code
    from billed
    group by encounter_id, item_code, at_second // greatest($window_minutes * 120, 1)
    having count(*) > 1
    union
    select encounter_id, item_code
    from billed
    group by encounter_id, item_code, (at_second + $window_minutes * 60) // greatest($window_minutes * 120, 1)
    having count(*) > 1
),

-- The line before of the same item under the same order of an encounter, refunded lines left out.
line as (
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
    join crowded as c on c.encounter_id = l.encounter_id and c.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and (l.order_id is not null or coalesce(l.list_type, '') not in ('101', '102', '103'))
    window w as (
        partition by l.encounter_id, l.item_code, coalesce(l.order_id, '')
        order by l.charged_at, l.line_id
    )
),

sided as (
    select
        line.*,
        regexp_matches(lower(item_name), '左|left') as is_left,
        regexp_matches(lower(item_name), '右|right') as is_right,
        regexp_matches(lower(earlier_name), '左|left') as was_left,
        regexp_matches(lower(earlier_name), '右|right') as was_right
    from line
),

again as (
    select
        sided.*, (cast(epoch(charged_at) as bigint) - cast(epoch(earlier_at) as bigint)) // 60 as minutes_after
    from sided
    where cast(epoch(charged_at) as bigint) - cast(epoch(earlier_at) as bigint) <= $window_minutes * 60
        -- one name tells the left side only, the other the right side only
        and not coalesce(is_left <> is_right and was_left <> was_right and is_left <> was_left, false)
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
