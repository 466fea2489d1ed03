-- P1 · A code limited to one sex is used for a person of the other.
-- Serves every knowledge point of the classes in $rule_classes: charge lines, diagnoses and procedures by its target.
with point as (
    select kp_id, item_code, target, sex, valid_from, valid_to
    from knowledge_point
    where primitive = 'P1'
        and status = 'compiled'
        and sex in ('1', '2')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

line_use as (
    select
        l.line_id as finding_key, 'charge_line' as ref_table, l.line_id as ref_id, l.person_id, l.institution_id,
        l.encounter_id, l.settlement_id, l.staff_id, l.charged_at as occurred_at, point.kp_id, point.sex,
        l.quantity, l.amount, l.fund_amount
    from charge_line as l
    join point on point.item_code = l.item_code and point.target in ('drug', 'service', 'consumable')
    where l.reversed_line_id is null
        and cast(l.charged_at as date) >= coalesce(point.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(point.valid_to, date '9999-12-31')
),

-- A point at a category (C61, operation 68.4) binds every code below it; prefixes of the few distinct codes keep this an equality join.
written_code as (
    select distinct code, 'diagnosis' as target from diagnosis
    where 'diagnosis' in (select target from point)
    union all
    select distinct code, 'procedure' as target from procedure
    where 'procedure' in (select target from point)
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
    select code_prefix.code, point.target, point.kp_id, point.sex, point.valid_from, point.valid_to
    from code_prefix
    join point on point.item_code = code_prefix.prefix and point.target = code_prefix.target
),

code_use as (
    select
        d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, 'diagnosis' as ref_table,
        d.person_id, d.encounter_id, cp.kp_id, cp.sex, cp.valid_from, cp.valid_to, cast(null as timestamp) as done_at
    from diagnosis as d
    join coded_point as cp on cp.code = d.code and cp.target = 'diagnosis'
    union all
    select
        p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id, 'procedure' as ref_table,
        p.person_id, p.encounter_id, cp.kp_id, cp.sex, cp.valid_from, cp.valid_to, p.begin_at as done_at
    from procedure as p
    join coded_point as cp on cp.code = p.code and cp.target = 'procedure'
),

used as (
    select finding_key, ref_table, ref_id, person_id, institution_id, encounter_id, settlement_id, staff_id, occurred_at,
        kp_id, sex, quantity, amount, fund_amount
    from line_use
    union all
    select
        c.ref_table || '|' || c.ref_id as finding_key, c.ref_table, c.ref_id, c.person_id, e.institution_id,
        c.encounter_id, cast(null as varchar) as settlement_id, e.staff_id, coalesce(c.done_at, e.admitted_at) as occurred_at,
        c.kp_id, c.sex, 1 as quantity, 0 as amount, 0 as fund_amount
    from code_use as c
    join encounter as e on e.encounter_id = c.encounter_id
    where cast(coalesce(c.done_at, e.admitted_at) as date) >= coalesce(c.valid_from, date '1900-01-01')
        and cast(coalesce(c.done_at, e.admitted_at) as date) < coalesce(c.valid_to, date '9999-12-31')
),

-- Unknown sex proves nothing; nor does a registered sex that the person's own identity number contradicts (its 17th
-- digit is odd for men, even for women): that is a registration error for the quality laws.
mismatch as (
    select used.finding_key, used.ref_table, used.ref_id, used.person_id, used.institution_id, used.encounter_id,
        used.settlement_id, used.staff_id, used.occurred_at, used.kp_id, used.sex, used.quantity, used.amount, used.fund_amount
    from used
    join person on person.person_id = used.person_id
    where person.sex in ('1', '2')
        and person.sex <> used.sex
        and not (person.sex = '1' and coalesce(regexp_matches(person.id_number, '^[0-9]{16}[02468][0-9Xx]$'), false))
        and not (person.sex = '2' and coalesce(regexp_matches(person.id_number, '^[0-9]{16}[13579][0-9Xx]$'), false))
),

-- Patterns are tried on the few distinct codes, not on every diagnosis.
telling_code as (
    select
        code,
        regexp_matches(code, $sex_diagnoses) as is_undecided,
        regexp_matches(code, $birth_diagnoses) as is_birth
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $sex_diagnoses) or regexp_matches(code, $birth_diagnoses)
),

diagnosed as (
    select d.person_id, d.encounter_id, t.is_undecided, t.is_birth
    from diagnosis as d
    join telling_code as t on t.code = d.code
),

-- The newborn son is billed on his mother's account: the encounter tells of a birth or of a newborn.
birth as (
    select encounter_id from diagnosed where is_birth
    union
    select encounter_id from list_detail where kind = 'newborn'
),

-- A relative may spend the personal account as the rules allow; no pooled money, no violation.
family_account as (
    select settlement_id
    from settlement
    where settlement_id in (select settlement_id from mismatch)
        and fund_amount = 0
        and coalesce(account_amount, 0) + coalesce(family_account_amount, 0) > 0
),

finding as (
    select m.*
    from mismatch as m
    where not exists (select 1 from diagnosed as d where d.person_id = m.person_id and d.is_undecided)
        and not (m.sex = '1' and exists (select 1 from birth as b where b.encounter_id = m.encounter_id))
        and not exists (select 1 from family_account as f where f.settlement_id = m.settlement_id)
    -- two points may bind one code: the use is one finding
    qualify row_number() over (partition by m.finding_key order by m.kp_id) = 1
)

-- Refunds are netted last, on the few lines that are left.
select
    f.finding_key,
    f.person_id,
    f.institution_id,
    f.encounter_id,
    f.staff_id,
    f.occurred_at,
    case f.sex when '1' then 'male_only' else 'female_only' end as signal,
    cast(null as bigint) as value,
    f.ref_table,
    f.ref_id,
    f.kp_id,
    f.amount + coalesce(r.amount, 0) as amount,
    coalesce(f.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from finding as f
left join charge_reversal as r on r.line_id = case when f.ref_table = 'charge_line' then f.ref_id end
where f.quantity + coalesce(r.quantity, 0) > 0
