-- P4 · More of a consumable is charged than the operations of the encounter can take.
-- Serves every knowledge point of the classes in $rule_classes with limit_unit `procedure`: `quantity_limit` for each of
-- the encounter's operations (those named by relation `requires`, any operation where none is named). One finding per
-- encounter and item.
with point as (
    select kp_id, item_code, min(quantity_limit) as quantity_limit, min(valid_from) as valid_from,
        max(coalesce(valid_to, date '9999-12-31')) as valid_to
    from knowledge_point
    where primitive = 'P4'
        and status = 'compiled'
        and limit_unit = 'procedure'
        and quantity_limit is not null
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
    group by kp_id, item_code
),

operation_of as (
    select distinct kp_id, other_item_code as prefix
    from knowledge_point
    where primitive = 'P4' and status = 'compiled' and limit_unit = 'procedure' and relation = 'requires'
        and other_target = 'procedure'
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.quantity_limit
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < p.valid_to
    -- of two points on one item the stricter counts
    qualify row_number() over (partition by l.line_id order by p.quantity_limit, p.kp_id) = 1
),

operated as (
    select l.encounter_id, l.kp_id, count(distinct o.sequence) as operations
    from (select distinct encounter_id, kp_id from line) as l
    join procedure as o on o.encounter_id = l.encounter_id
    where not exists (select 1 from operation_of as n where n.kp_id = l.kp_id)
        or exists (select 1 from operation_of as n where n.kp_id = l.kp_id and starts_with(o.code, n.prefix))
    group by l.encounter_id, l.kp_id
),

allowance as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at, l.kp_id,
        l.quantity, l.amount, l.fund_amount, 'procedure' as limit_unit, 'stay' as period,
        l.quantity_limit * greatest(coalesce(o.operations, 0), 1) as allowed
    from line as l
    left join operated as o on o.encounter_id = l.encounter_id and o.kp_id = l.kp_id
),

{parts/past_allowance}

finding as (
    select past_allowance.*, encounter_id || '|' || item_code as finding_key from past_allowance
)

select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, signal, value,
    'charge_line' as ref_table, line_id as ref_id, kp_id, excess_amount as amount, excess_fund_amount as fund_amount
from finding
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'allowed' as signal,
    period_allowed as value, 'encounter' as ref_table, encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from finding
where is_last
