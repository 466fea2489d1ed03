-- P11 · The fund pays more for an item than the most that it pays inside a period.
-- Serves every knowledge point of the classes in $rule_classes with `fund_limit`, per person and the point's
-- `time_window`. One finding per person, point and period.
with point as (
    select kp_id, item_code, fund_limit, coalesce(time_window, 'year') as time_window, valid_from, valid_to
    from knowledge_point
    where primitive = 'P11'
        and status = 'compiled'
        and fund_limit is not null
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

paid as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
        l.amount + coalesce(r.amount, 0) as amount,
        l.fund_amount + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.fund_limit,
        case p.time_window
            when 'day' then cast(cast(l.charged_at as date) as varchar)
            when 'month' then cast(cast(date_trunc('month', l.charged_at) as date) as varchar)
            when 'lifetime' then ''
            when 'stay' then l.encounter_id
            when 'encounter' then l.encounter_id
            else cast(cast(date_trunc('year', l.charged_at) as date) as varchar)
        end as period
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.fund_amount + coalesce(r.fund_amount, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

counted as (
    select
        person_id || '|' || kp_id || '|' || period as finding_key, paid.*,
        cast(sum(fund_amount) over whole as bigint) as total_fund,
        cast(sum(fund_amount) over (
            partition by person_id, kp_id, period order by charged_at, line_id
            rows between unbounded preceding and current row
        ) as bigint) as running_fund,
        max(charged_at) over whole as last_at,
        row_number() over (partition by person_id, kp_id, period order by charged_at desc, line_id desc) as place
    from paid
    window whole as (partition by person_id, kp_id, period)
),

excess as (
    select counted.*, least(fund_amount, greatest(running_fund - fund_limit, 0)) as excess_fund
    from counted
    where total_fund > fund_limit
)

select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    case when excess_fund > 0 then 'past_total' else 'within' end as signal, fund_amount as value,
    'charge_line' as ref_table, line_id as ref_id, kp_id,
    round_half_up(amount * excess_fund, fund_amount) as amount, excess_fund as fund_amount
from excess
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'paid_total' as signal,
    total_fund as value, 'person' as ref_table, person_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from excess
where place = 1
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'total_limit' as signal,
    fund_limit as value, 'person' as ref_table, person_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from excess
where place = 1
