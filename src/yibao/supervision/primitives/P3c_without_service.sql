-- P3c · A drug or consumable that belongs to a service or an operation is charged without any of them.
-- Serves every item (item_code) with the services and operations that it may belong to (other_item_code, relation
-- `requires`) of the classes in $rule_classes; one finding per line.
with point as (
    select distinct kp_id, item_code, valid_from, valid_to
    from knowledge_point
    where primitive = 'P3c'
        and status = 'compiled'
        and relation = 'requires'
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

needed as (
    select distinct kp_id, other_item_code, other_target, coalesce(other_match, 'exact') as other_match
    from knowledge_point
    where primitive = 'P3c' and status = 'compiled' and relation = 'requires' and other_item_code <> ''
),

needed_item as (
    select kp_id, other_item_code as item_code from needed where other_match = 'exact' and other_target <> 'procedure'
    union
    select n.kp_id, c.item_code
    from needed as n
    join catalogue_item as c on starts_with(c.item_code, n.other_item_code)
    where n.other_match = 'prefix' and n.other_target <> 'procedure'
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

-- The service stands on the same bill, or the operation in the same record.
served as (
    select distinct l.line_id, l.kp_id
    from line as l
    join charge_line as s on s.encounter_id = l.encounter_id and s.reversed_line_id is null
    join needed_item as n on n.kp_id = l.kp_id and n.item_code = s.item_code
    left join charge_reversal as r on r.line_id = s.line_id
    where s.quantity + coalesce(r.quantity, 0) > 0
    union
    select distinct l.line_id, l.kp_id
    from line as l
    join procedure as o on o.encounter_id = l.encounter_id
    join needed as n on n.kp_id = l.kp_id and n.other_target = 'procedure' and starts_with(o.code, n.other_item_code)
),

finding as (
    select l.*
    from line as l
    where not exists (select 1 from served as s where s.line_id = l.line_id and s.kp_id = l.kp_id)
    qualify row_number() over (partition by l.line_id order by l.kp_id) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'without_service' as signal, quantity as value, 'charge_line' as ref_table, line_id as ref_id, kp_id, amount,
    fund_amount
from finding
