-- P10 · More is prescribed than the point allows: days of supply, quantity of a prescription, or the daily dose.
-- Serves every knowledge point of the classes in $rule_classes with `days_limit`, `quantity_limit` (of a prescription, a
-- day or an encounter) or `daily_limit`; days that nobody wrote down follow from `daily_quantity`. One finding per
-- prescription (else encounter and day) and item.
with point as (
    select kp_id, item_code, days_limit, quantity_limit, limit_unit, daily_limit, daily_quantity, valid_from, valid_to
    from knowledge_point
    where primitive = 'P10'
        and status = 'compiled'
        and (days_limit is not null or quantity_limit is not null or daily_limit is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        coalesce(
            l.days_supply,
            (l.quantity + coalesce(r.quantity, 0) + p.daily_quantity - 1) // nullif(p.daily_quantity, 0)
        ) as days,
        case
            when p.limit_unit = 'encounter' then l.encounter_id
            when p.limit_unit = 'day' then l.encounter_id || '|' || cast(cast(l.charged_at as date) as varchar)
            else coalesce(l.prescription_id, l.encounter_id || '|' || cast(cast(l.charged_at as date) as varchar))
        end || '|' || l.item_code as finding_key,
        p.kp_id, p.days_limit, p.quantity_limit, p.daily_limit
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

summed as (
    select
        line.*,
        cast(sum(quantity) over whole as bigint) as total_quantity,
        cast(sum(days) over whole as bigint) as total_days,
        max(charged_at) over whole as last_at,
        cast(sum(quantity) over (
            partition by kp_id, finding_key order by charged_at, line_id
            rows between unbounded preceding and current row
        ) as bigint) as running_quantity
    from line
    window whole as (partition by kp_id, finding_key)
),

-- The quantity that each limit allows; the strictest decides what is too much.
judged as (
    select
        summed.*,
        least(
            coalesce(quantity_limit, total_quantity),
            coalesce(case when total_days > days_limit then total_quantity * days_limit // total_days end,
                total_quantity),
            coalesce(daily_limit * total_days, total_quantity)
        ) as allowed,
        case
            when total_days > days_limit then 'days'
            when total_quantity > daily_limit * total_days then 'daily_dose'
            else 'quantity'
        end as signal
    from summed
),

finding as (
    select
        j.*, least(quantity, greatest(running_quantity - allowed, 0)) as excess_quantity,
        row_number() over (partition by finding_key order by kp_id, charged_at desc, line_id desc) as place,
        dense_rank() over (partition by finding_key order by kp_id) as which
    from judged as j
    where total_quantity > allowed
)

select
    f.finding_key, f.person_id, f.institution_id, f.encounter_id, f.staff_id, f.last_at as occurred_at,
    'prescribed' as signal, f.quantity as value, 'charge_line' as ref_table, f.line_id as ref_id, f.kp_id,
    round_half_up(f.amount * f.excess_quantity, f.quantity) as amount,
    round_half_up(f.fund_amount * f.excess_quantity, f.quantity) as fund_amount
from finding as f
left join medical_order as m on m.order_id = f.order_id
where f.which = 1 and m.override_reason is null
union all
select
    f.finding_key, f.person_id, f.institution_id, f.encounter_id, f.staff_id, f.last_at as occurred_at, f.signal,
    case f.signal
        when 'days' then f.total_days
        when 'daily_dose' then f.total_quantity // greatest(f.total_days, 1)
        else f.total_quantity
    end as value,
    'encounter' as ref_table, f.encounter_id as ref_id, f.kp_id, 0 as amount, 0 as fund_amount
from finding as f
left join medical_order as m on m.order_id = f.order_id
where f.which = 1 and f.place = 1 and m.override_reason is null
