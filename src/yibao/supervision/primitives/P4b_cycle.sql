-- P4b · An item is used again before its cycle is over, whoever the provider is.
-- Serves every knowledge point of the classes in $rule_classes with `interval_days` (shortest interval between two
-- uses) or `cycle_days` and `quantity_limit` (at most so many within so many days). One finding per line of the later
-- use. A use is one institution's lines of one day, so that two lines of one day are no cycle (A02, A03).
with point as (
    select kp_id, item_code, interval_days, cycle_days, quantity_limit, valid_from, valid_to
    from knowledge_point
    where primitive = 'P4b'
        and status = 'compiled'
        and (interval_days is not null or (cycle_days is not null and quantity_limit is not null))
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at,
        cast(l.charged_at as date) as charged_on,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.interval_days, p.cycle_days, p.quantity_limit
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

use as (
    select
        person_id, kp_id, institution_id, charged_on, interval_days, cycle_days, quantity_limit,
        cast(sum(quantity) as bigint) as quantity, min(line_id) as line_id, min(charged_at) as first_at
    from line
    group by person_id, kp_id, institution_id, charged_on, interval_days, cycle_days, quantity_limit
),

followed as (
    select
        person_id, kp_id, institution_id, charged_on, interval_days,
        lag(line_id) over w as earlier_line_id,
        date_diff('day', lag(charged_on) over w, charged_on) as gap_days
    from use
    where interval_days is not null
    window w as (partition by person_id, kp_id order by first_at, line_id)
),

-- At most so many in so many days up to and with this one; the cycle's other uses are few.
crowded as (
    select
        b.person_id, b.kp_id, b.institution_id, b.charged_on, min(a.line_id) as earlier_line_id,
        cast(sum(a.quantity) as bigint) as in_cycle
    from use as b
    join use as a
        on a.person_id = b.person_id
        and a.kp_id = b.kp_id
        and a.first_at <= b.first_at
        and date_diff('day', a.charged_on, b.charged_on) < b.cycle_days
    where b.cycle_days is not null and b.quantity_limit is not null
    group by b.person_id, b.kp_id, b.institution_id, b.charged_on, b.quantity_limit
    having cast(sum(a.quantity) as bigint) > b.quantity_limit
),

early as (
    select person_id, kp_id, institution_id, charged_on, earlier_line_id, 'days_since' as signal, gap_days as value
    from followed
    where gap_days < interval_days
    union all
    select person_id, kp_id, institution_id, charged_on, earlier_line_id, 'in_cycle' as signal, in_cycle as value
    from crowded
),

-- Before an operation a test may be needed again, and a doctor may have written why.
operation as (
    select p.encounter_id, max(coalesce(p.begin_at, e.discharged_at)) as operated_at
    from procedure as p
    join (select distinct encounter_id from line) as x on x.encounter_id = p.encounter_id
    join encounter as e on e.encounter_id = p.encounter_id
    group by p.encounter_id
),

finding as (
    select l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, l.amount, l.fund_amount,
        l.kp_id, e.earlier_line_id, e.signal, e.value
    from line as l
    join early as e
        on e.person_id = l.person_id
        and e.kp_id = l.kp_id
        and e.institution_id = l.institution_id
        and e.charged_on = l.charged_on
    left join operation as o on o.encounter_id = l.encounter_id
    left join medical_order as m on m.order_id = l.order_id
    where e.earlier_line_id <> l.line_id
        and m.override_reason is null
        and coalesce(o.operated_at < l.charged_at, true)
    qualify row_number() over (partition by l.line_id order by e.signal, l.kp_id) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at, signal, value,
    'charge_line' as ref_table, line_id as ref_id, kp_id, amount, fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'earlier' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, earlier_line_id as ref_id, kp_id,
    0 as amount, 0 as fund_amount
from finding
