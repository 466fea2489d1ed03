-- A02 · The same item is billed again: under one order beyond the order's frequency within a day, else within minutes.
-- A drug may be dispensed from two lots or dose by dose, each its own line: it counts only where an order says how much
-- was meant, and only within minutes.
with billed as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.item_code, l.item_name,
        l.charged_at, l.quantity, l.amount, coalesce(l.fund_amount, 0) as fund_amount,
        coalesce(l.list_type, '') in ('101', '102', '103') as is_drug
    from charge_line as l
    where l.reversed_line_id is null
        and (l.order_id is not null or coalesce(l.list_type, '') not in ('101', '102', '103'))
),

ordered_once as (
    select order_id from medical_order where regexp_matches(upper(frequency), '^(ONCE|STAT|ST|一次|立即|临时)$')
),

-- Only what is billed more than once is put in order: on one day, across midnight among the lines of those minutes (days
-- that end so much earlier), or under an order for once.
several as (
    select encounter_id, item_code, coalesce(order_id, '') as order_key
    from billed
    group by encounter_id, item_code, coalesce(order_id, ''), cast(charged_at as date)
    having count(*) > 1
    union
    select encounter_id, item_code, coalesce(order_id, '') as order_key
    from billed
    where cast(charged_at + $window_minutes * interval 1 minute as date)
        > cast(charged_at - $window_minutes * interval 1 minute as date)
    group by encounter_id, item_code, coalesce(order_id, ''),
        cast(charged_at + $window_minutes * interval 1 minute as date)
    having count(*) > 1
    union
    select encounter_id, item_code, order_id as order_key
    from billed
    where order_id in (select order_id from ordered_once)
    group by encounter_id, item_code, order_id
    having count(*) > 1
),

-- What is left of a line after refunds, and how often a day its order asks for it.
line as (
    select
        b.line_id, b.person_id, b.institution_id, b.encounter_id, b.staff_id, b.order_id, b.item_code, b.item_name,
        b.charged_at, cast(epoch(b.charged_at) as bigint) as at_second, b.is_drug,
        b.quantity + coalesce(r.quantity, 0) as quantity,
        b.amount + coalesce(r.amount, 0) as amount,
        b.fund_amount + coalesce(r.fund_amount, 0) as fund_amount,
        m.quantity as ordered_quantity,
        o.order_id is not null as is_once,
        case
            when o.order_id is not null then 1
            when regexp_matches(upper(m.frequency), '^(QD|QN|QM|QOD|BIW|TIW|QW|Q24H|每日一次)$') then 1
            when regexp_matches(upper(m.frequency), '^(BID|Q12H|每日两次|每日二次)$') then 2
            when regexp_matches(upper(m.frequency), '^(TID|Q8H|每日三次)$') then 3
            when regexp_matches(upper(m.frequency), '^(QID|Q6H|每日四次)$') then 4
            when upper(m.frequency) = 'Q4H' then 6
            when upper(m.frequency) = 'Q2H' then 12
            when regexp_matches(upper(m.frequency), '^(QH|Q1H|每小时一次)$') then 24
        end as times
    from billed as b
    join several as s
        on s.encounter_id = b.encounter_id and s.item_code = b.item_code and s.order_key = coalesce(b.order_id, '')
    left join charge_reversal as r on r.line_id = b.line_id
    left join medical_order as m on m.order_id = b.order_id
    left join ordered_once as o on o.order_id = b.order_id
    where b.quantity + coalesce(r.quantity, 0) > 0
),

-- A standing order begins anew each day, whatever the hour it is carried out; an order for once does not.
spanned as (
    select
        line.*, coalesce(order_id, '') as order_key,
        case when is_once then date '1900-01-01' else cast(charged_at as date) end as counted_from
    from line
),

-- The line before, and the place among the lines of the same quantity: other quantities are parts of one order.
numbered as (
    select
        spanned.*,
        lag(line_id) over earlier as earlier_line_id,
        lag(at_second) over earlier as earlier_second,
        lag(item_name) over earlier as earlier_name,
        lag(quantity) over earlier as earlier_quantity,
        lag(line_id) over alike as alike_line_id,
        lag(at_second) over alike as alike_second,
        lag(item_name) over alike as alike_name,
        row_number() over alike as place
    from spanned
    window
        earlier as (partition by encounter_id, item_code, order_key order by charged_at, line_id),
        alike as (
            partition by encounter_id, item_code, order_key, quantity, counted_from order by charged_at, line_id
        )
),

beyond as (
    select numbered.*
    from numbered
    where not is_drug
        and place > times
        and at_second - alike_second <= $window_hours * 3600
),

-- Both wrists may stand under one order for once: what was carried out as often as it was billed is no double billing.
carried_out as (
    select b.line_id, count(*) as executions
    from beyond as b
    join execution as x on x.order_id = b.order_id
    where x.kind = 'order' and (b.is_once or cast(x.executed_at as date) = b.counted_from)
    group by b.line_id
),

-- Nor is an order for as many as were billed, in one dose or in all of a day's.
again as (
    select
        b.line_id, b.person_id, b.institution_id, b.encounter_id, b.staff_id, b.order_id, b.item_name, b.charged_at,
        b.at_second, b.amount, b.fund_amount, b.times, b.alike_line_id as earlier_line_id,
        b.alike_second as earlier_second, b.alike_name as earlier_name
    from beyond as b
    left join carried_out as c on c.line_id = b.line_id
    where coalesce(c.executions, 0) < b.place
        and not coalesce(b.ordered_quantity >= b.quantity * b.place, false)
    union all
    select
        line_id, person_id, institution_id, encounter_id, staff_id, order_id, item_name, charged_at, at_second, amount,
        fund_amount, times, earlier_line_id, earlier_second, earlier_name
    from numbered
    where at_second - earlier_second <= $window_minutes * 60
        and not coalesce(times > 1 and place <= times, false)
        and not coalesce(ordered_quantity >= quantity + earlier_quantity, false)
),

-- One name that tells the left side only, the other the right side only: both sides were treated.
finding as (
    select
        line_id, person_id, institution_id, encounter_id, staff_id, order_id, charged_at, amount, fund_amount, times,
        earlier_line_id, (at_second - earlier_second) // 60 as minutes_after
    from (
        select
            again.*,
            regexp_matches(lower(item_name), '左|left') as is_left,
            regexp_matches(lower(item_name), '右|right') as is_right,
            regexp_matches(lower(earlier_name), '左|left') as was_left,
            regexp_matches(lower(earlier_name), '右|right') as was_right
        from again
    ) as sided
    where not coalesce(is_left <> is_right and was_left <> was_right and is_left <> was_left, false)
    qualify row_number() over (partition by line_id order by earlier_second desc, earlier_line_id) = 1
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
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'times_ordered' as signal, times as value, 'medical_order' as ref_table, order_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where times is not null
