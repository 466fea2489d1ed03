-- P9 · A drug that is paid for after others have failed is given to a person who had none of them.
-- Serves every knowledge point of the classes in $rule_classes by its first-line drugs (relation `first_line`; as many
-- different ones as `others_needed`) and what else excuses it (`evidence`: a diagnosis, a test). One finding per line.
with point as (
    select
        kp_id, item_code, valid_from, valid_to,
        max(coalesce(look_back_days, $look_back_days)) as look_back_days,
        max(coalesce(others_needed, 1)) as others_needed
    from knowledge_point
    where primitive = 'P9'
        and status = 'compiled'
        and relation = 'first_line'
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
    group by kp_id, item_code, valid_from, valid_to
),

other as (
    select distinct kp_id, relation, other_target, other_item_code, coalesce(other_match, 'exact') as other_match
    from knowledge_point
    where primitive = 'P9' and status = 'compiled' and other_item_code <> ''
        and kp_id in (select kp_id from point)
),

-- `family` counts what is different: ten brands of one first-line drug are one.
other_item as (
    select kp_id, relation, other_item_code as family, other_item_code as item_code
    from other
    where other_match = 'exact' and other_target <> 'diagnosis'
    union
    select o.kp_id, o.relation, o.other_item_code as family, c.item_code
    from other as o
    join catalogue_item as c on starts_with(c.item_code, o.other_item_code)
    where o.other_match = 'prefix' and o.other_target <> 'diagnosis'
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at,
        cast(l.charged_at as date) as charged_on,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.look_back_days, p.others_needed
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and coalesce(l.not_covered_amount < l.amount, true)
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

-- First-line treatment of any institution, whoever paid for it.
treated as (
    select o.line_id, o.kp_id
    from line as o
    join charge_line as l on l.person_id = o.person_id and l.reversed_line_id is null
    join other_item as f on f.kp_id = o.kp_id and f.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) <= o.charged_on
        and date_diff('day', cast(l.charged_at as date), o.charged_on) <= o.look_back_days
    group by o.line_id, o.kp_id, o.others_needed
    having count(distinct case when f.relation = 'first_line' then f.family end) >= o.others_needed
        or bool_or(f.relation = 'evidence')
),

excused as (
    select o.line_id, o.kp_id
    from line as o
    join diagnosis as d on d.person_id = o.person_id
    join other as c on c.kp_id = o.kp_id and c.other_target = 'diagnosis' and starts_with(d.code, c.other_item_code)
),

finding as (
    select l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, l.amount, l.fund_amount,
        l.kp_id, l.look_back_days
    from line as l
    left join medical_order as m on m.order_id = l.order_id
    where m.override_reason is null
        and not exists (select 1 from treated as t where t.line_id = l.line_id and t.kp_id = l.kp_id)
        and not exists (select 1 from excused as e where e.line_id = l.line_id and e.kp_id = l.kp_id)
    qualify row_number() over (partition by l.line_id order by l.kp_id) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'no_first_line' as signal, look_back_days as value, 'charge_line' as ref_table, line_id as ref_id, kp_id, amount,
    fund_amount
from finding
