-- Daily items by kind: beds, nursing by level, ward rounds. Companions and newborns are other people.
with day_item as (
    select distinct
        item_code,
        case charge_type when '01' then 'bed' when '07' then 'nursing' else 'round' end as family
    from catalogue_item
    where regexp_matches(lower(pricing_unit), $day_units)
        and (charge_type in ('01', '02') or (charge_type = '07' and regexp_matches(lower(name), $level_nursing)))
        and not regexp_matches(lower(name), $not_the_patient)
),

stay as (
    select
        encounter_id,
        greatest(date_diff('day', cast(admitted_at as date), cast(discharged_at as date)), 1) * 1000
        + case when $count_rule = 'both' then 1000 else 0 end as allowed
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at is not null
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, d.family, s.allowed,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join day_item as d on d.item_code = l.item_code
    join stay as s on s.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.charge_type in ('01', '02', '07')
        and l.reversed_line_id is null
        -- the hospital's own name tells of a companion's bed that was billed under the patient's code
        and not coalesce(regexp_matches(lower(l.item_name), $not_the_patient), false)
        and l.quantity + coalesce(r.quantity, 0) > 0
),

-- Grouped first: windows only over the few stays that hold too much.
too_many as (
    select encounter_id, family
    from line
    group by encounter_id, family
    having cast(sum(quantity) as bigint) > min(allowed)
),

counted as (
    select
        l.encounter_id || '|' || l.family as finding_key, l.line_id, l.person_id, l.institution_id, l.encounter_id,
        l.staff_id, l.family, l.allowed, l.quantity, l.amount, l.fund_amount,
        max(l.charged_at) over whole as last_at,
        cast(sum(l.quantity) over whole as bigint) as total_quantity,
        cast(sum(l.quantity) over (
            partition by l.encounter_id, l.family order by l.charged_at, l.line_id
            rows between unbounded preceding and current row
        ) as bigint) as running_quantity
    from line as l
    join too_many as t on t.encounter_id = l.encounter_id and t.family = l.family
    window whole as (partition by l.encounter_id, l.family)
),

excess as (
    select counted.*, least(quantity, greatest(running_quantity - allowed, 0)) as excess_quantity
    from counted
)

select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    case when excess_quantity > 0 then 'excess' else 'within' end as signal,
    case when excess_quantity > 0 then excess_quantity else quantity end as value,
    'charge_line' as ref_table, line_id as ref_id, cast(null as varchar) as kp_id,
    round_half_up(amount * excess_quantity, quantity) as amount,
    round_half_up(fund_amount * excess_quantity, quantity) as fund_amount
from excess
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'charged_' || family as signal, total_quantity as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from excess
where running_quantity = total_quantity
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'days_of_stay' as signal,
    allowed as value, 'encounter' as ref_table, encounter_id as ref_id, cast(null as varchar) as kp_id,
    0 as amount, 0 as fund_amount
from excess
where running_quantity = total_quantity
