-- P9b · Drugs of one ingredient, or of one class, are supplied at the same time by two institutions or two doctors.
-- The class is the fourth level of ATC, which the national drug code (X + ATC + drug + dosage form) carries; one finding
-- per line of the later supply.
with drug as (
    select distinct
        item_code,
        coalesce(ingredient_code, substr(item_code, 2, 9)) as ingredient,
        coalesce(
            case when regexp_matches(ingredient_code, '^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$') then substr(ingredient_code, 1, 5)
            end,
            substr(item_code, 2, 5)
        ) as drug_class,
        -- the letter of the dosage form tells swallowed from injected and applied
        substr(item_code, 11, 1) as form
    from catalogue_item
    where list_type = '101' and regexp_matches(item_code, '^X[A-Z][0-9]{2}[A-Z]{2}')
),

supply as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.prescription_id, l.item_code,
        l.charged_at, cast(l.charged_at as date) as from_day, l.days_supply, l.quantity, l.amount, l.fund_amount,
        -- behind a counter whoever serves prescribes nothing: a shop is one supplier
        l.institution_id || '|' || case when i.kind = '2' then '' else coalesce(l.staff_id, '') end as supplier,
        d.ingredient, d.drug_class, d.form
    from charge_line as l
    join drug as d on d.item_code = l.item_code
    left join institution as i on i.institution_id = l.institution_id
    where l.reversed_line_id is null and l.days_supply > 0
),

-- Most people have one supplier of a class; only the others are compared line by line.
several as (
    select person_id, drug_class
    from supply
    group by person_id, drug_class
    having min(supplier) <> max(supplier)
),

candidate as (
    select s.*
    from supply as s
    join several as v on v.person_id = s.person_id and v.drug_class = s.drug_class
),

pair as (
    select
        b.line_id, a.line_id as earlier_line_id, a.order_id as earlier_order_id, a.prescription_id as earlier_rx,
        a.item_code as earlier_item, a.ingredient = b.ingredient as same_ingredient, b.charged_at as supplied_at,
        a.charged_at as earlier_at,
        least(a.days_supply - date_diff('day', a.from_day, b.from_day), b.days_supply) as overlap_days
    from candidate as b
    join candidate as a on a.person_id = b.person_id and a.drug_class = b.drug_class
    where a.supplier <> b.supplier
        and a.form = b.form
        and (a.charged_at < b.charged_at or (a.charged_at = b.charged_at and a.line_id < b.line_id))
        and least(a.days_supply - date_diff('day', a.from_day, b.from_day), b.days_supply) >= $overlap_days
        and (a.ingredient = b.ingredient or not regexp_matches(b.drug_class, $combined_classes))
),

-- Not a second supply: the first was stopped, taken back, or is taken when needed only.
standing as (
    select p.line_id, p.earlier_line_id, p.earlier_at, p.same_ingredient, p.overlap_days
    from pair as p
    left join medical_order as m on m.order_id = p.earlier_order_id
    left join prescription as x on x.prescription_id = p.earlier_rx and x.item_code = p.earlier_item
    left join charge_reversal as r on r.line_id = p.earlier_line_id
    join candidate as a on a.line_id = p.earlier_line_id
    where not coalesce(m.end_at <= p.supplied_at, false)
        and not coalesce(regexp_matches(lower(x.frequency), 'prn|sos|必要时'), false)
        and a.quantity + coalesce(r.quantity, 0) > 0
),

finding as (
    select
        c.line_id, c.person_id, c.institution_id, c.encounter_id, c.staff_id, c.charged_at,
        c.amount + coalesce(r.amount, 0) as amount,
        coalesce(c.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        s.earlier_line_id, s.same_ingredient, s.overlap_days
    from candidate as c
    join standing as s on s.line_id = c.line_id
    left join charge_reversal as r on r.line_id = c.line_id
    left join prescription as x on x.prescription_id = c.prescription_id and x.item_code = c.item_code
    where c.quantity + coalesce(r.quantity, 0) > 0
        and not coalesce(regexp_matches(lower(x.frequency), 'prn|sos|必要时'), false)
    qualify row_number() over (
        partition by c.line_id
        order by case when s.same_ingredient then 0 else 1 end, s.overlap_days desc, s.earlier_at desc, s.earlier_line_id
    ) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    case when same_ingredient then 'same_ingredient' else 'same_class' end as signal, cast(null as bigint) as value,
    'charge_line' as ref_table, line_id as ref_id, cast(null as varchar) as kp_id, amount, fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'overlap' as signal, overlap_days as value, 'charge_line' as ref_table, earlier_line_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
