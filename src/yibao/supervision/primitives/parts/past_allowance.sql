-- What goes past an allowance. Before it stands `allowance`: lines with quantity, amount, fund_amount and how much is
-- `allowed` of the item in the encounter and period. Few periods hold more: only their lines are put in order.
exceeded as (
    select encounter_id, item_code, limit_unit, period, cast(sum(quantity) as bigint) as total_quantity,
        min(allowed) as period_allowed, max(charged_at) as last_at
    from allowance
    group by encounter_id, item_code, limit_unit, period
    having cast(sum(quantity) as bigint) > min(allowed)
),

counted as (
    select
        a.*, x.total_quantity, x.period_allowed, x.last_at,
        cast(
            sum(a.quantity) over (
                partition by a.encounter_id, a.item_code, a.limit_unit, a.period order by a.charged_at, a.line_id
                rows between unbounded preceding and current row
            ) as bigint
        ) as running_quantity
    from allowance as a
    join exceeded as x
        on x.encounter_id = a.encounter_id and x.item_code = a.item_code and x.limit_unit = a.limit_unit
        and x.period = a.period
),

-- In the order of charging, what goes past the allowance is the excess and carries the money.
excess as (
    select counted.*, least(quantity, greatest(running_quantity - period_allowed, 0)) as excess_quantity
    from counted
),

past_allowance as (
    select
        excess.*,
        case when excess_quantity > 0 then 'excess' else 'within' end as signal,
        case when excess_quantity > 0 then excess_quantity else quantity end as value,
        round_half_up(amount * excess_quantity, quantity) as excess_amount,
        round_half_up(fund_amount * excess_quantity, quantity) as excess_fund_amount,
        running_quantity = total_quantity as is_last
    from excess
),
