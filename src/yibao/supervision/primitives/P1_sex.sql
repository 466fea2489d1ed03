-- P1 · A drug, service or consumable limited to one sex is charged for a person of the other.
-- Serves every knowledge point of the classes in $rule_classes whose target is charged; codes: P1_sex_coded.
with point as (
    select kp_id, item_code, sex, valid_from, valid_to
    from knowledge_point
    where primitive = 'P1'
        and status = 'compiled'
        and target in ('drug', 'service', 'consumable')
        and sex in ('1', '2')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- Unknown sex proves nothing; nor does a registered sex that the person's own identity number contradicts (its 17th
-- digit is odd for men, even for women): that is a registration error for the quality laws.
mismatch as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.settlement_id, l.staff_id, l.charged_at, l.quantity,
        l.amount, l.fund_amount, point.kp_id, point.sex
    from charge_line as l
    join point on point.item_code = l.item_code
    join person on person.person_id = l.person_id
    where l.reversed_line_id is null
        and cast(l.charged_at as date) >= coalesce(point.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(point.valid_to, date '9999-12-31')
        -- spelt out: `<>` between two tables invites the engine to join every person with every point first
        and (
            (
                person.sex = '1' and point.sex = '2'
                and not coalesce(regexp_matches(person.id_number, '^[0-9]{16}[02468][0-9Xx]$'), false)
            )
            or (
                person.sex = '2' and point.sex = '1'
                and not coalesce(regexp_matches(person.id_number, '^[0-9]{16}[13579][0-9Xx]$'), false)
            )
        )
    -- two points may bind one item: the line is one finding
    qualify row_number() over (partition by l.line_id order by point.kp_id) = 1
),

{parts/undecided_sex}

{parts/birth}

-- A relative may spend the personal account as the rules allow; no pooled money, no violation.
family_account as (
    select settlement_id
    from settlement
    where settlement_id in (select settlement_id from mismatch)
        and fund_amount = 0
        and coalesce(account_amount, 0) + coalesce(family_account_amount, 0) > 0
)

-- Refunds are netted last, on the few lines that are left.
select
    m.line_id as finding_key,
    m.person_id,
    m.institution_id,
    m.encounter_id,
    m.staff_id,
    m.charged_at as occurred_at,
    case m.sex when '1' then 'male_only' else 'female_only' end as signal,
    cast(null as bigint) as value,
    'charge_line' as ref_table,
    m.line_id as ref_id,
    m.kp_id,
    m.amount + coalesce(r.amount, 0) as amount,
    coalesce(m.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from mismatch as m
left join charge_reversal as r on r.line_id = m.line_id
where m.quantity + coalesce(r.quantity, 0) > 0
    and not exists (select 1 from undecided_sex as u where u.person_id = m.person_id)
    -- a newborn son
    and not (m.sex = '1' and exists (select 1 from birth as b where b.encounter_id = m.encounter_id))
    and not exists (select 1 from family_account as f where f.settlement_id = m.settlement_id)
