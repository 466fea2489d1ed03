-- P2 · A drug, service or consumable limited by age is charged for a person outside the limit on that day.
-- Serves every knowledge point of the classes in $rule_classes whose target is charged; codes: P2_age_coded.
with point as (
    select
        kp_id, item_code, valid_from, valid_to,
        coalesce(age_from_days, 0) as age_from_days,
        coalesce(age_to_days, 73000) as age_to_days
    from knowledge_point
    where primitive = 'P2'
        and status = 'compiled'
        and target in ('drug', 'service', 'consumable')
        and (age_from_days is not null or age_to_days is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- A limit of whole years is kept as days; the birthday decides, not a count of days that leap years shift. A number
-- between 365 n and 366 n (n >= 1) means n years, anything else means days.
limited as (
    select
        kp_id, item_code, valid_from, valid_to, age_from_days, age_to_days,
        case
            when age_from_days >= 365 and age_from_days <= 366 * (age_from_days // 365) then age_from_days // 365
        end as from_years,
        case
            when age_to_days >= 365 and age_to_days <= 366 * (age_to_days // 365) then age_to_days // 365
        end as to_years
    from point
),

-- Age in days, and in completed years by the calendar (20260301 - 20080302 = 179999: seventeen).
aged as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.settlement_id, l.staff_id, l.charged_at, l.quantity,
        l.amount, l.fund_amount, p.kp_id, p.age_from_days, p.age_to_days, p.from_years, p.to_years, person.sex,
        date_diff('day', person.birth_date, cast(l.charged_at as date)) as age_days,
        (
            extract(year from l.charged_at) * 10000 + extract(month from l.charged_at) * 100
            + extract(day from l.charged_at)
            - extract(year from person.birth_date) * 10000 - extract(month from person.birth_date) * 100
            - extract(day from person.birth_date)
        ) // 10000 as age_years
    from charge_line as l
    join limited as p on p.item_code = l.item_code
    join person on person.person_id = l.person_id
    where l.reversed_line_id is null
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
        and person.birth_date <= cast(l.charged_at as date)
),

outside as (
    select *
    from aged
    where (
            case when from_years is not null then age_years < from_years else age_days < age_from_days end
            or case when to_years is not null then age_years >= to_years else age_days >= age_to_days end
        )
    -- two points may bind one item: the line is one finding
    qualify row_number() over (partition by line_id order by kp_id) = 1
),

-- Patterns are tried on the few distinct codes, not on every diagnosis.
birth_code as (
    select code
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $birth_diagnoses)
),

-- The newborn is billed on the mother's account: the encounter tells of a birth or of a newborn.
birth as (
    select encounter_id from diagnosis where code in (select code from birth_code)
    union
    select encounter_id from list_detail where kind = 'newborn'
),

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
    o.charged_at as occurred_at,
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
    and not (
        o.age_to_days <= 366
        and o.sex = '2'
        and exists (select 1 from birth as b where b.encounter_id = o.encounter_id)
    )
    and not exists (select 1 from family_account as f where f.settlement_id = o.settlement_id)
