-- E08 · The outpatient benefit for chronic and special diseases pays for something else: nobody certified the disease of
-- the visit, or the drug belongs to the list of another disease than those certified.
with visit as (
    select e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at, cast(e.admitted_at as date) as visited_on,
        e.main_diagnosis
    from encounter as e
    where e.kind = '14' and e.admitted_at <= $as_of
),

certified as (
    select v.encounter_id, c.disease_code
    from visit as v
    join chronic_certificate as c
        on c.person_id = v.person_id
        and v.visited_on >= c.begin_date and v.visited_on <= coalesce(c.end_date, date '9999-12-31')
),

-- One diagnosis of the visit that a certificate names is enough; the category (three characters) decides.
named as (
    select encounter_id, main_diagnosis as code from visit
    union all
    select d.encounter_id, d.code
    from diagnosis as d
    join visit as v on v.encounter_id = d.encounter_id
),

with_certificate as (
    select distinct n.encounter_id
    from named as n
    join certified as c on c.encounter_id = n.encounter_id and substr(c.disease_code, 1, 3) = substr(n.code, 1, 3)
),

without_certificate as (
    select v.encounter_id
    from visit as v
    left join with_certificate as c on c.encounter_id = v.encounter_id
    where v.main_diagnosis is not null and c.encounter_id is null
),

listed as (
    select kp_id, item_code, other_item_code as disease,
        coalesce(valid_from, date '1900-01-01') as valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from knowledge_point
    where rule_class = '药品超限定病种目录范围使用' and status = 'compiled' and other_item_code <> ''
),

line as (
    select
        l.line_id, v.encounter_id, v.person_id, v.institution_id, v.staff_id, v.admitted_at, v.visited_on, l.item_code,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join visit as v on v.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and (
            l.encounter_id in (select encounter_id from without_certificate)
            or l.item_code in (select item_code from listed)
        )
),

listed_line as (
    select l.line_id, l.encounter_id, p.kp_id, p.disease
    from line as l
    join listed as p on p.item_code = l.item_code and l.visited_on >= p.valid_from and l.visited_on < p.valid_to
),

-- Met by the visit first, by the disease then: the other way round every line would be held against every certificate.
own_disease as (
    select distinct x.line_id
    from listed_line as x
    join certified as c on c.encounter_id = x.encounter_id
    where starts_with(c.disease_code, x.disease)
),

other_disease as (
    select x.line_id, min(x.kp_id) as kp_id
    from listed_line as x
    left join own_disease as o on o.line_id = x.line_id
    where o.line_id is null
    group by x.line_id
),

-- A line that both grounds meet is one line: the drug's own list speaks first.
finding as (
    select l.line_id, l.encounter_id, l.person_id, l.institution_id, l.staff_id, l.admitted_at, l.amount, l.fund_amount,
        o.kp_id, case when o.line_id is not null then 'other_disease' else 'no_certificate' end as signal
    from line as l
    left join other_disease as o on o.line_id = l.line_id
    where (o.line_id is not null or l.encounter_id in (select encounter_id from without_certificate))
        and l.fund_amount > 0
)

select
    encounter_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    admitted_at as occurred_at,
    signal,
    cast(1 as bigint) as value,
    'charge_line' as ref_table,
    line_id as ref_id,
    kp_id,
    amount,
    fund_amount
from finding
