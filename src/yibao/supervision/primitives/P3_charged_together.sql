-- P3 · Item A and item B, which A's price already contains, are charged together.
-- Serves every pair (item_code contains other_item_code) of the classes in $rule_classes; one finding per contained
-- line.
with pair as (
    select
        kp_id, item_code as containing_code, other_item_code as contained_code,
        coalesce(time_window, 'day') as time_window, valid_from, valid_to
    from knowledge_point
    where primitive = 'P3'
        and status = 'compiled'
        and other_item_code <> ''
        and other_item_code <> item_code
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

paired_item as (
    select containing_code as item_code from pair
    union
    select contained_code as item_code from pair
),

-- First the few lines that some pair names, then their refunds: netting every line first costs four times as much.
line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.item_name, l.charged_at,
        l.executed_at, cast(l.charged_at as date) as charged_on,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join paired_item on paired_item.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

containing as (
    select line_id, person_id, institution_id, encounter_id, item_code, item_name, charged_at, executed_at, charged_on
    from line
    where item_code in (select containing_code from pair)
),

contained as (
    select line_id, person_id, institution_id, encounter_id, item_code, charged_on
    from line
    where item_code in (select contained_code from pair)
),

-- On one day at one institution, or, for an operation and what it contains, in one stay whatever the day.
together as (
    select b.line_id, a.line_id as containing_line_id, pair.kp_id, pair.time_window, pair.valid_from, pair.valid_to
    from contained as b
    join containing as a
        on a.person_id = b.person_id and a.institution_id = b.institution_id and a.charged_on = b.charged_on
    join pair on pair.containing_code = a.item_code and pair.contained_code = b.item_code and pair.time_window = 'day'
    union all
    select b.line_id, a.line_id as containing_line_id, pair.kp_id, pair.time_window, pair.valid_from, pair.valid_to
    from contained as b
    join containing as a on a.encounter_id = b.encounter_id
    join pair on pair.containing_code = a.item_code and pair.contained_code = b.item_code and pair.time_window = 'stay'
),

compared as (
    select
        b.line_id, b.person_id, b.institution_id, b.encounter_id, b.staff_id, b.charged_at, b.charged_on, b.amount,
        b.fund_amount, t.containing_line_id, a.charged_at as containing_at, t.kp_id, t.time_window, t.valid_from,
        t.valid_to,
        abs(cast(epoch(a.executed_at) as bigint) - cast(epoch(b.executed_at) as bigint)) as seconds_apart,
        regexp_matches(lower(a.item_name), '左|left') as containing_left,
        regexp_matches(lower(a.item_name), '右|right') as containing_right,
        regexp_matches(lower(b.item_name), '左|left') as contained_left,
        regexp_matches(lower(b.item_name), '右|right') as contained_right
    from together as t
    join line as a on a.line_id = t.containing_line_id
    join line as b on b.line_id = t.line_id
),

-- One containing line is shown for each contained one: the newest, so that a draft order sees itself.
finding as (
    select line_id, person_id, institution_id, encounter_id, staff_id, charged_at, amount, fund_amount,
        containing_line_id, kp_id
    from compared
    where charged_on >= coalesce(valid_from, date '1900-01-01')
        and charged_on < coalesce(valid_to, date '9999-12-31')
        -- the amount of a draft order may be unknown
        and coalesce(amount > $min_amount, true)
        -- one name tells the left side only, the other the right side only
        and not coalesce(
            containing_left <> containing_right and contained_left <> contained_right
            and containing_left <> contained_left,
            false
        )
        -- carried out hours apart on one day: two sessions, each with its own price
        and (time_window = 'stay' or coalesce(seconds_apart < $session_gap_minutes * 60, true))
    qualify row_number() over (partition by line_id order by containing_at desc, containing_line_id desc, kp_id) = 1
)

select
    line_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    charged_at as occurred_at,
    'contained' as signal,
    cast(null as bigint) as value,
    'charge_line' as ref_table,
    line_id as ref_id,
    kp_id,
    amount,
    fund_amount
from finding
union all
select
    line_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    charged_at as occurred_at,
    'containing' as signal,
    cast(null as bigint) as value,
    'charge_line' as ref_table,
    containing_line_id as ref_id,
    kp_id,
    0 as amount,
    0 as fund_amount
from finding
