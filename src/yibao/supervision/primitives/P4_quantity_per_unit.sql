-- P4 · More of an item is charged than its unit of time physically allows.
-- Serves every knowledge point of the classes in $rule_classes. `quantity_limit` is the most in one calendar day (items
-- priced by the day or by the hour) or in one stay; one finding per encounter, item and day (or stay).
with point as (
    select kp_id, item_code, quantity_limit, limit_unit, coalesce(time_window, 'day') as time_window, valid_from,
        valid_to, count(*) over (partition by item_code, limit_unit, coalesce(time_window, 'day')) as points
    from knowledge_point
    where primitive = 'P4'
        and status = 'compiled'
        and quantity_limit is not null
        and limit_unit in ('day', 'hour', 'stay')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- First the lines that a point names, then their refunds.
named as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        cast(l.charged_at as date) as charged_on,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        point.kp_id, point.quantity_limit, point.limit_unit, point.time_window,
        point.points
    from charge_line as l
    join point on point.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(point.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(point.valid_to, date '9999-12-31')
),

-- Of two points on one item the stricter counts; few items have two.
line as (
    select
        line_id, person_id, institution_id, encounter_id, staff_id, item_code, charged_at, charged_on, quantity, amount,
        fund_amount, kp_id, quantity_limit, limit_unit, time_window
    from named
    where points = 1
    union all
    select
        line_id, person_id, institution_id, encounter_id, staff_id, item_code, charged_at, charged_on, quantity, amount,
        fund_amount, kp_id, quantity_limit, limit_unit, time_window
    from named
    where points > 1
    qualify row_number() over (partition by line_id, limit_unit, time_window order by quantity_limit, kp_id) = 1
),

-- The period that a line counts in: its day, or its stay. A stay still open ends now.
placed as (
    select
        line.line_id, line.person_id, line.institution_id, line.encounter_id, line.staff_id, line.item_code,
        line.charged_at, line.charged_on, line.quantity, line.amount, line.fund_amount, line.kp_id,
        line.quantity_limit, line.limit_unit,
        e.kind in ('21', '22', '23', '24', '52') as is_stay,
        e.admitted_at,
        coalesce(e.discharged_at, $as_of) as left_at,
        e.discharged_at is null as is_open,
        case
            when limit_unit = 'stay' or (time_window = 'stay' and e.kind in ('21', '22', '23', '24', '52')) then 'stay'
            else cast(charged_on as varchar)
        end as period
    from line
    join encounter as e on e.encounter_id = line.encounter_id
),

-- Seconds of the calendar day that the patient was in hospital.
presence as (
    select
        placed.*,
        cast(epoch(least(left_at, cast(charged_on as timestamp) + interval 1 day)) as bigint)
        - cast(epoch(greatest(admitted_at, cast(charged_on as timestamp))) as bigint) as seconds_present,
        date_diff('day', cast(admitted_at as date), cast(left_at as date))
        + case when is_open or $count_rule = 'both' then 1 else 0 end as days_of_stay
    from placed
),

-- Thousandths allowed. An hourly item is also held to the hours of the day of admission or discharge, with grace; a
-- date outside the stay altogether is another law's matter.
allowance as (
    select
        presence.*,
        case
            when limit_unit = 'stay' then quantity_limit
            when period = 'stay' and limit_unit = 'hour'
                then least(
                    quantity_limit * greatest(days_of_stay, 1),
                    (cast(epoch(left_at) as bigint) - cast(epoch(admitted_at) as bigint)) * 1000 // 3600
                    + $grace_minutes * 1000 // 60
                )
            when period = 'stay' then quantity_limit * greatest(days_of_stay, 1)
            when limit_unit = 'hour' and is_stay and seconds_present > 0 and seconds_present < 86400
                then least(quantity_limit, seconds_present * 1000 // 3600 + $grace_minutes * 1000 // 60)
            else quantity_limit
        end as allowed
    from presence
),

{parts/past_allowance}

finding as (
    select past_allowance.*, encounter_id || '|' || item_code || '|' || limit_unit || '|' || period as finding_key
    from past_allowance
)

select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, signal, value,
    'charge_line' as ref_table, line_id as ref_id, kp_id, excess_amount as amount, excess_fund_amount as fund_amount
from finding
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'charged' as signal,
    total_quantity as value, 'encounter' as ref_table, encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from finding
where is_last
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'allowed' as signal,
    period_allowed as value, 'encounter' as ref_table, encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from finding
where is_last
