-- P6 · An item that one insurance pays for is charged to another.
-- Serves every knowledge point of the classes in $rule_classes: it is paid where the scheme (`schemes`) or the kind of
-- care (`care_kinds`: maternity care, for one) is one of those named. One finding per line.
with point as (
    select kp_id, item_code, schemes, care_kinds, valid_from, valid_to
    from knowledge_point
    where primitive = 'P6'
        and status = 'compiled'
        and (schemes is not null or care_kinds is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- What the patient pays alone is claimed from no insurance.
line as (
    select
        l.line_id, l.settlement_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.schemes, p.care_kinds
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and coalesce(l.not_covered_amount < l.amount, true)
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

settled as (
    select settlement_id, scheme
    from settlement
    where settlement_id in (select settlement_id from line)
),

-- Maternity insurance is run together with the employees': the scheme and the kind of care recorded are then theirs, and
-- the diagnosis tells of maternity.
maternity as (
    select distinct encounter_id
    from diagnosis
    where encounter_id in (select encounter_id from line) and regexp_matches(code, $maternity_diagnoses)
),

judged as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, l.amount, l.fund_amount,
        l.kp_id,
        coalesce(
            strpos('|' || l.schemes || '|', '|' || coalesce(s.scheme, e.scheme) || '|') > 0, false
        ) as scheme_fits,
        coalesce(strpos('|' || l.care_kinds || '|', '|' || e.kind || '|') > 0, false)
        or coalesce(strpos(l.schemes, '510') > 0 and m.encounter_id is not null, false) as care_fits,
        -- a scheme that nobody recorded is no other scheme
        l.care_kinds is not null or coalesce(s.scheme, e.scheme) is not null as is_known
    from line as l
    join encounter as e on e.encounter_id = l.encounter_id
    left join settled as s on s.settlement_id = l.settlement_id
    left join maternity as m on m.encounter_id = l.encounter_id
),

finding as (
    select *
    from judged
    where not scheme_fits and not care_fits and is_known
    qualify row_number() over (partition by line_id order by kp_id) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'other_scheme' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, line_id as ref_id, kp_id,
    amount, fund_amount
from finding
