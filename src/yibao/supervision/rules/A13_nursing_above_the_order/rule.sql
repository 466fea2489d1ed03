-- Levels of nursing by the name of the item: special 0, first 1, second 2, third 3.
with nursing as (
    select distinct
        item_code,
        case
            when regexp_matches(lower(name), '特级护理|special.level') then 0
            when regexp_matches(lower(name), '一级护理|ⅰ级护理|i级护理|level.1') then 1
            when regexp_matches(lower(name), '二级护理|ⅱ级护理|ii级护理|level.2') then 2
            else 3
        end as level
    from catalogue_item
    where charge_type = '07' and regexp_matches(lower(name), '(特|一|二|三|ⅰ|ⅱ|ⅲ|i)级护理|(level.[123]|special.level) nursing')
),

billed as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at, n.level,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join nursing as n on n.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.charge_type = '07'
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

ordered as (
    select o.order_id, o.encounter_id, o.begin_at, o.end_at, n.level
    from medical_order as o
    join nursing as n on n.item_code = o.item_code
    where coalesce(o.status, '') not in ('draft', 'cancelled')
),

-- The order that the line names, else the orders in force when it was charged; the highest of them decides.
compared as (
    select b.line_id, b.level, min(o.level) as ordered_level, min(o.order_id) as order_id
    from billed as b
    join ordered as o on o.order_id = b.order_id
    group by b.line_id, b.level
    union all
    select b.line_id, b.level, min(o.level) as ordered_level, min(o.order_id) as order_id
    from billed as b
    join ordered as o on o.encounter_id = b.encounter_id
    where b.order_id is null
        and cast(o.begin_at as date) <= cast(b.charged_at as date)
        and cast(b.charged_at as date) <= cast(coalesce(o.end_at, b.charged_at) as date)
    group by b.line_id, b.level
),

finding as (
    select b.line_id, b.person_id, b.institution_id, b.encounter_id, b.staff_id, b.charged_at, b.level, b.amount,
        b.fund_amount, c.ordered_level, c.order_id
    from billed as b
    join compared as c on c.line_id = b.line_id
    where b.level < c.ordered_level
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'billed_level' as signal, level as value, 'charge_line' as ref_table, line_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'ordered_level' as signal, ordered_level as value, 'medical_order' as ref_table, order_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
