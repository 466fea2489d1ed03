-- P2 · A drug, service or consumable limited by age is charged for a person outside the limit on that day.
-- Serves every knowledge point of the classes in $rule_classes whose target is charged; codes: P2_age_coded.
with point as (
    select kp_id, item_code, valid_from, valid_to, age_from_days, age_to_days
    from knowledge_point
    where primitive = 'P2'
        and status = 'compiled'
        and target in ('drug', 'service', 'consumable')
        and (age_from_days is not null or age_to_days is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

dated as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.settlement_id, l.staff_id,
        l.charged_at as occurred_at, l.quantity, l.amount, l.fund_amount, p.kp_id, p.item_code
    from charge_line as l
    join point as p on p.item_code = l.item_code
    where l.reversed_line_id is null
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

{parts/outside_the_age}

outside as (
    select *
    from outside_the_age
    -- two points may bind one item: the line is one finding
    qualify row_number() over (partition by line_id order by kp_id) = 1
),

{parts/birth}

-- A relative may spend the personal account as the rules allow; no pooled money, no violation.
family_account as (
    select settlement_id
    from settlement
    where settlement_id in (select settlement_id from outside)
        and fund_amount = 0
        and coalesce(account_amount, 0) + coalesce(family_account_amount, 0) > 0
)

-- Refunds are netted last, on the few lines that are left.
select
    o.line_id as finding_key,
    o.person_id,
    o.institution_id,
    o.encounter_id,
    o.staff_id,
    o.occurred_at,
    case when o.age_years >= 1 then 'age_years' else 'age_days' end as signal,
    case when o.age_years >= 1 then o.age_years else o.age_days end as value,
    'charge_line' as ref_table,
    o.line_id as ref_id,
    o.kp_id,
    o.amount + coalesce(r.amount, 0) as amount,
    coalesce(o.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from outside as o
left join charge_reversal as r on r.line_id = o.line_id
where o.quantity + coalesce(r.quantity, 0) > 0
    -- a newborn
    and not (
        o.age_to_days <= 366
        and o.sex = '2'
        and exists (select 1 from birth as b where b.encounter_id = o.encounter_id)
    )
    and not exists (select 1 from family_account as f where f.settlement_id = o.settlement_id)
