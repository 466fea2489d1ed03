-- Only where the institution uploads orders and executions for the stay do missing ones mean anything.
with ordered_stay as (
    select distinct encounter_id from medical_order
),

executed_stay as (
    select distinct encounter_id from execution where kind = 'order'
),

-- Beds, nursing, rounds, registration and general fees are booked by the day, without an order.
line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at, l.quantity,
        l.amount, l.fund_amount
    from charge_line as l
    join encounter as e on e.encounter_id = l.encounter_id
    where l.reversed_line_id is null
        and e.kind in ('21', '22', '23', '24', '52')
        and coalesce(l.charge_type, '') not in ('01', '02', '07', '12', '13')
),

unordered as (
    select l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, l.quantity, l.amount,
        l.fund_amount
    from line as l
    where l.encounter_id in (select encounter_id from ordered_stay)
        and l.order_id is null
),

-- Orders with more lines than executions: first by counting, then, for the few, net of refunds.
billed as (
    select order_id, count(*) as lines
    from line
    where order_id is not null and encounter_id in (select encounter_id from executed_stay)
    group by order_id
),

carried_out as (
    select order_id, count(*) as executions from execution where kind = 'order' group by order_id
),

too_often as (
    select b.order_id, coalesce(c.executions, 0) as executions
    from billed as b
    left join carried_out as c on c.order_id = b.order_id
    where b.lines > coalesce(c.executions, 0) + $loss_lines
),

numbered as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        t.executions,
        row_number() over (partition by l.order_id order by l.charged_at, l.line_id) as place,
        max(l.charged_at) over (partition by l.order_id) as last_at
    from line as l
    join too_often as t on t.order_id = l.order_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.quantity + coalesce(r.quantity, 0) > 0
)

select
    u.line_id as finding_key, u.person_id, u.institution_id, u.encounter_id, u.staff_id, u.charged_at as occurred_at,
    'unordered' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, u.line_id as ref_id,
    cast(null as varchar) as kp_id, u.amount + coalesce(r.amount, 0) as amount,
    coalesce(u.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from unordered as u
left join charge_reversal as r on r.line_id = u.line_id
where u.quantity + coalesce(r.quantity, 0) > 0
union all
select
    'order|' || n.order_id as finding_key, n.person_id, n.institution_id, n.encounter_id, n.staff_id,
    n.last_at as occurred_at, 'beyond_executions' as signal, n.place as value, 'charge_line' as ref_table,
    n.line_id as ref_id, cast(null as varchar) as kp_id, n.amount, n.fund_amount
from numbered as n
where n.place > n.executions + $loss_lines
union all
select
    'order|' || n.order_id as finding_key, n.person_id, n.institution_id, n.encounter_id, n.staff_id,
    n.last_at as occurred_at, 'executed' as signal, n.executions as value, 'medical_order' as ref_table,
    n.order_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from numbered as n
where n.place = n.executions + $loss_lines + 1
