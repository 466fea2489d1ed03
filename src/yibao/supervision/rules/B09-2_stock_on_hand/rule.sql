-- Supplies of an ingredient, whoever sold them; only what a doctor did not explain.
with drug as (
    select distinct item_code, coalesce(ingredient_code, substr(item_code, 1, 10)) as ingredient
    from catalogue_item
    where list_type = '101'
),

supply as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at, l.days_supply,
        l.quantity, l.amount, l.fund_amount, d.ingredient
    from charge_line as l
    join drug as d on d.item_code = l.item_code
    where l.reversed_line_id is null and l.days_supply > 0
),

-- Nobody can hold more than everything: most people never get so much of one drug, and are left out before windows.
much as (
    select person_id, ingredient
    from supply
    group by person_id, ingredient
    having cast(sum(days_supply) as bigint) > $cap_days + $early_days and count(*) > 1
),

candidate as (
    select
        s.line_id, s.person_id, s.institution_id, s.encounter_id, s.staff_id, s.charged_at, s.ingredient,
        -- a box given back in part lasts in proportion
        s.days_supply * (s.quantity + coalesce(r.quantity, 0)) // s.quantity as days,
        s.amount + coalesce(r.amount, 0) as amount,
        coalesce(s.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        date_diff('day', date '2000-01-01', cast(s.charged_at as date)) as on_day
    from supply as s
    join much as m on m.person_id = s.person_id and m.ingredient = s.ingredient
    left join charge_reversal as r on r.line_id = s.line_id
    left join medical_order as o on o.order_id = s.order_id
    where s.quantity + coalesce(r.quantity, 0) > 0 and o.override_reason is null
),

running as (
    select
        candidate.*,
        cast(sum(days) over (
            partition by person_id, ingredient order by charged_at, line_id
            rows between unbounded preceding and current row
        ) as bigint) as supplied
    from candidate
),

-- What is left after each supply: a walk that never falls below nothing, in closed form.
stocked as (
    select
        running.*,
        supplied - on_day + max(on_day - (supplied - days)) over (
            partition by person_id, ingredient order by charged_at, line_id
            rows between unbounded preceding and current row
        ) as stock
    from running
),

over as (
    select
        stocked.*,
        max(stock) over (partition by person_id, ingredient) as highest,
        max(charged_at) over (partition by person_id, ingredient) as last_at,
        row_number() over (partition by person_id, ingredient order by stock desc, charged_at, line_id) as place
    from stocked
    where stock > $cap_days + $early_days
),

source as (
    select person_id, ingredient, count(distinct institution_id) as institutions
    from candidate
    group by person_id, ingredient
)

select
    o.person_id || '|' || o.ingredient as finding_key, o.person_id, o.institution_id, o.encounter_id, o.staff_id,
    o.last_at as occurred_at, 'supplied' as signal, o.days as value, 'charge_line' as ref_table, o.line_id as ref_id,
    cast(null as varchar) as kp_id, o.amount, o.fund_amount
from over as o
union all
select
    o.person_id || '|' || o.ingredient as finding_key, o.person_id, o.institution_id, o.encounter_id, o.staff_id,
    o.last_at as occurred_at, 'stock' as signal, o.highest as value, 'person' as ref_table, o.person_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from over as o
where o.place = 1
union all
select
    o.person_id || '|' || o.ingredient as finding_key, o.person_id, o.institution_id, o.encounter_id, o.staff_id,
    o.last_at as occurred_at, 'institutions' as signal, s.institutions as value, 'person' as ref_table,
    o.person_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from over as o
join source as s on s.person_id = o.person_id and s.ingredient = o.ingredient
where o.place = 1
