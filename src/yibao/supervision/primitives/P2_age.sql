-- P2 · A code limited by age is used for a person outside the limit, on the day of the service.
-- Serves every knowledge point of the classes in $rule_classes: charge lines, diagnoses and procedures by its target.
with point as (
    select
        kp_id, item_code, target, valid_from, valid_to,
        coalesce(age_from_days, 0) as age_from_days,
        coalesce(age_to_days, 73000) as age_to_days
    from knowledge_point
    where primitive = 'P2'
        and status = 'compiled'
        and (age_from_days is not null or age_to_days is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- A limit of whole years is kept as days; the birthday decides, not a count of days that leap years shift. A number
-- between 365 n and 366 n (n >= 1) means n years, anything else means days.
limited as (
    select
        kp_id, item_code, target, valid_from, valid_to, age_from_days, age_to_days,
        case
            when age_from_days >= 365 and age_from_days <= 366 * (age_from_days // 365) then age_from_days // 365
        end as from_years,
        case when age_to_days >= 365 and age_to_days <= 366 * (age_to_days // 365) then age_to_days // 365 end as to_years
    from point
),

line_use as (
    select
        l.line_id as finding_key, 'charge_line' as ref_table, l.line_id as ref_id, l.person_id, l.institution_id,
        l.encounter_id, l.settlement_id, l.staff_id, l.charged_at as occurred_at, limited.kp_id, limited.age_from_days,
        limited.age_to_days, limited.from_years, limited.to_years, l.quantity, l.amount, l.fund_amount
    from charge_line as l
    join limited on limited.item_code = l.item_code and limited.target in ('drug', 'service', 'consumable')
    where l.reversed_line_id is null
        and cast(l.charged_at as date) >= coalesce(limited.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(limited.valid_to, date '9999-12-31')
),

-- A point at a category (P07, operation 68.4) binds every code below it; prefixes of the few distinct codes keep this an equality join.
written_code as (
    select distinct code, 'diagnosis' as target from diagnosis
    where 'diagnosis' in (select target from limited)
    union all
    select distinct code, 'procedure' as target from procedure
    where 'procedure' in (select target from limited)
),

code_prefix as (
    select code, target, code as prefix from written_code
    union
    select code, target, substr(code, 1, 3) as prefix from written_code
    union
    select code, target, substr(code, 1, 4) as prefix from written_code
    union
    select code, target, substr(code, 1, 5) as prefix from written_code
    union
    select code, target, substr(code, 1, 7) as prefix from written_code
),

coded_point as (
    select
        code_prefix.code, limited.target, limited.kp_id, limited.valid_from, limited.valid_to, limited.age_from_days,
        limited.age_to_days, limited.from_years, limited.to_years
    from code_prefix
    join limited on limited.item_code = code_prefix.prefix and limited.target = code_prefix.target
),

code_use as (
    select
        d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, 'diagnosis' as ref_table, d.person_id,
        d.encounter_id, cp.kp_id, cp.valid_from, cp.valid_to, cp.age_from_days, cp.age_to_days, cp.from_years, cp.to_years,
        cast(null as timestamp) as done_at
    from diagnosis as d
    join coded_point as cp on cp.code = d.code and cp.target = 'diagnosis'
    union all
    select
        p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id, 'procedure' as ref_table, p.person_id,
        p.encounter_id, cp.kp_id, cp.valid_from, cp.valid_to, cp.age_from_days, cp.age_to_days, cp.from_years, cp.to_years,
        p.begin_at as done_at
    from procedure as p
    join coded_point as cp on cp.code = p.code and cp.target = 'procedure'
),

used as (
    select finding_key, ref_table, ref_id, person_id, institution_id, encounter_id, settlement_id, staff_id, occurred_at,
        kp_id, age_from_days, age_to_days, from_years, to_years, quantity, amount, fund_amount
    from line_use
    union all
    select
        c.ref_table || '|' || c.ref_id as finding_key, c.ref_table, c.ref_id, c.person_id, e.institution_id,
        c.encounter_id, cast(null as varchar) as settlement_id, e.staff_id, coalesce(c.done_at, e.admitted_at) as occurred_at,
        c.kp_id, c.age_from_days, c.age_to_days, c.from_years, c.to_years, 1 as quantity, 0 as amount, 0 as fund_amount
    from code_use as c
    join encounter as e on e.encounter_id = c.encounter_id
    where cast(coalesce(c.done_at, e.admitted_at) as date) >= coalesce(c.valid_from, date '1900-01-01')
        and cast(coalesce(c.done_at, e.admitted_at) as date) < coalesce(c.valid_to, date '9999-12-31')
),

-- Age in days, and in completed years by the calendar (20260301 - 20080302 = 179999: seventeen).
aged as (
    select
        used.finding_key, used.ref_table, used.ref_id, used.person_id, used.institution_id, used.encounter_id,
        used.settlement_id, used.staff_id, used.occurred_at, used.kp_id, used.age_from_days, used.age_to_days,
        used.from_years, used.to_years, used.quantity, used.amount, used.fund_amount,
        person.sex as person_sex,
        date_diff('day', person.birth_date, cast(used.occurred_at as date)) as age_days,
        (
            extract(year from used.occurred_at) * 10000 + extract(month from used.occurred_at) * 100
            + extract(day from used.occurred_at) - extract(year from person.birth_date) * 10000
            - extract(month from person.birth_date) * 100 - extract(day from person.birth_date)
        ) // 10000 as age_years
    from used
    join person on person.person_id = used.person_id
    where person.birth_date <= cast(used.occurred_at as date)
),

outside as (
    select *
    from aged
    where case when from_years is not null then age_years < from_years else age_days < age_from_days end
        or case when to_years is not null then age_years >= to_years else age_days >= age_to_days end
),

-- The newborn is billed on the mother's account: the encounter tells of a birth or of a newborn. Patterns are tried on
-- the few distinct codes, not on every diagnosis.
birth_code as (
    select code
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $birth_diagnoses)
),

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
),

finding as (
    select o.*
    from outside as o
    where not exists (select 1 from family_account as f where f.settlement_id = o.settlement_id)
        and not (
            o.age_to_days <= 366
            and o.person_sex = '2'
            and exists (select 1 from birth as b where b.encounter_id = o.encounter_id)
        )
    -- two points may bind one code: the use is one finding
    qualify row_number() over (partition by o.finding_key order by o.kp_id) = 1
)

-- Refunds are netted last, on the few lines that are left.
select
    f.finding_key,
    f.person_id,
    f.institution_id,
    f.encounter_id,
    f.staff_id,
    f.occurred_at,
    case when f.age_years >= 1 then 'age_years' else 'age_days' end as signal,
    case when f.age_years >= 1 then f.age_years else f.age_days end as value,
    f.ref_table,
    f.ref_id,
    f.kp_id,
    f.amount + coalesce(r.amount, 0) as amount,
    coalesce(f.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from finding as f
left join charge_reversal as r on r.line_id = case when f.ref_table = 'charge_line' then f.ref_id end
where f.quantity + coalesce(r.quantity, 0) > 0
