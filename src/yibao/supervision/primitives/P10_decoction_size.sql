-- P10 · A prescription of decoction pieces is oversized: too many different pieces, or too much weight in one dose.
-- One dose a day is taken for granted; quantities are grams. One finding per prescription (else encounter and day).
with piece as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at, l.days_supply,
        coalesce(l.prescription_id, l.encounter_id || '|' || cast(cast(l.charged_at as date) as varchar)) as recipe,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.list_type = '102'
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

recipe as (
    select
        recipe, max(charged_at) as last_at, count(distinct item_code) as pieces,
        cast(sum(quantity) as bigint) as grams, max(days_supply) as doses
    from piece
    group by recipe
),

oversized as (
    select
        recipe, last_at, pieces, grams // greatest(coalesce(doses, 1), 1) as dose_grams,
        coalesce(doses, 0) > 0 and grams > $most_grams * greatest(doses, 1) as is_heavy,
        pieces > $most_pieces as is_many
    from recipe
    where pieces > $most_pieces or (doses > 0 and grams > $most_grams * doses)
),

finding as (
    select p.*, o.last_at, o.pieces, o.dose_grams, o.is_many, o.is_heavy,
        row_number() over (partition by p.recipe order by p.line_id) as place
    from piece as p
    join oversized as o on o.recipe = p.recipe
)

select
    'size|' || recipe as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'piece' as signal, quantity as value, 'charge_line' as ref_table, line_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from finding
union all
select
    'size|' || recipe as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'pieces' as signal, pieces as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where place = 1 and is_many
union all
select
    'size|' || recipe as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'dose_weight' as signal, dose_grams as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where place = 1 and is_heavy
