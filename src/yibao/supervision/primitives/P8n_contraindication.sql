-- P8n · An item is given although a diagnosis of the person forbids it.
-- Serves every knowledge point of the classes in $rule_classes by its diagnoses (relation `contraindicated`,
-- categories). One finding per line.
with point as (
    select distinct kp_id, item_code, other_item_code as prefix, valid_from, valid_to
    from knowledge_point
    where primitive = 'P8n'
        and status = 'compiled'
        and relation = 'contraindicated'
        and other_item_code <> ''
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

bound as (
    select distinct item_code from point
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        cast(l.charged_at as date) as charged_on,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join bound as b on b.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

-- The forbidding diagnosis in this encounter, or in one not long before.
forbidden as (
    select
        l.line_id, p.kp_id, d.encounter_id as told_in, d.sequence,
        date_diff('day', cast(e.admitted_at as date), l.charged_on) as days_before
    from line as l
    join point as p
        on p.item_code = l.item_code
        and l.charged_on >= coalesce(p.valid_from, date '1900-01-01')
        and l.charged_on < coalesce(p.valid_to, date '9999-12-31')
    join diagnosis as d on d.person_id = l.person_id and starts_with(d.code, p.prefix)
    join encounter as e on e.encounter_id = d.encounter_id
    where d.encounter_id = l.encounter_id
        or (
            e.admitted_at <= l.charged_at
            and date_diff('day', cast(e.admitted_at as date), l.charged_on) <= $history_days
        )
),

finding as (
    select l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, l.amount, l.fund_amount,
        f.kp_id, f.told_in, f.sequence, greatest(f.days_before, 0) as days_before
    from line as l
    join forbidden as f on f.line_id = l.line_id
    qualify row_number() over (
        partition by l.line_id
        order by case when f.told_in = l.encounter_id then 0 else 1 end, f.days_before, f.kp_id, f.told_in, f.sequence
    ) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'contraindicated' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, line_id as ref_id, kp_id,
    amount, fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'diagnosis_told' as signal, days_before as value, 'diagnosis' as ref_table,
    told_in || '|' || cast(sequence as varchar) as ref_id, kp_id, 0 as amount, 0 as fund_amount
from finding
