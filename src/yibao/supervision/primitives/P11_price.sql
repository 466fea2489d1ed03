-- P11 · A line is priced above what its price list or the procurement allows on that day.
-- Serves the price caps of the institution's region and level, and every knowledge point of the classes in
-- $rule_classes with `price_limit`. One finding per line; the nearest region's cap decides.
with capped_region as (
    select distinct region_code from price_cap
),

-- Every institution with the regions around it that set caps.
place as (
    select i.institution_id, i.level, p.ancestor_code as region_code, p.distance
    from institution as i
    join region_path as p on p.region_code = i.region_code
    join capped_region as c on c.region_code = p.ancestor_code
),

-- What each institution may ask for an item, by the distance of the region that says so.
local_cap as (
    select
        p.institution_id, p.distance, c.item_code, c.cap_price, c.valid_from,
        coalesce(c.valid_to, date '9999-12-31') as valid_to
    from place as p
    join price_cap as c on c.region_code = p.region_code and c.institution_level = p.level
),

point as (
    select kp_id, item_code, price_limit, valid_from, valid_to
    from knowledge_point
    where primitive = 'P11'
        and status = 'compiled'
        and price_limit is not null
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

over as (
    select
        l.line_id, cast(null as varchar) as kp_id, c.cap_price, c.distance, l.person_id, l.institution_id,
        l.encounter_id, l.staff_id, l.item_code, l.charged_at, l.unit_price, l.quantity, l.fund_amount
    from charge_line as l
    join local_cap as c on c.institution_id = l.institution_id and c.item_code = l.item_code
    where l.reversed_line_id is null
        and l.unit_price > c.cap_price
        and cast(l.charged_at as date) >= c.valid_from
        and cast(l.charged_at as date) < c.valid_to
    union all
    select
        l.line_id, p.kp_id, p.price_limit as cap_price, 99 as distance, l.person_id, l.institution_id,
        l.encounter_id, l.staff_id, l.item_code, l.charged_at, l.unit_price, l.quantity, l.fund_amount
    from charge_line as l
    join point as p on p.item_code = l.item_code
    where l.reversed_line_id is null
        and l.unit_price > p.price_limit
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

-- A nearer region may allow more: its cap counts although the price is not above it.
nearer as (
    select o.line_id
    from over as o
    join local_cap as c
        on c.institution_id = o.institution_id and c.item_code = o.item_code and c.distance < o.distance
    where o.kp_id is null
        and o.unit_price <= c.cap_price
        and cast(o.charged_at as date) >= c.valid_from
        and cast(o.charged_at as date) < c.valid_to
),

chosen as (
    select *
    from over
    where not exists (select 1 from nearer as n where n.line_id = over.line_id)
    qualify row_number() over (partition by line_id order by distance, cap_price, kp_id) = 1
),

finding as (
    select
        o.line_id, o.person_id, o.institution_id, o.encounter_id, o.staff_id, o.charged_at, o.unit_price, o.cap_price,
        o.kp_id, o.quantity + coalesce(r.quantity, 0) as net_quantity,
        coalesce(o.fund_amount, 0) + coalesce(r.fund_amount, 0) as net_fund
    from chosen as o
    left join charge_reversal as r on r.line_id = o.line_id
    where o.quantity + coalesce(r.quantity, 0) > 0
        and o.unit_price * 10000 > o.cap_price * (10000 + $tolerance_bp)
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'price' as signal, unit_price as value, 'charge_line' as ref_table, line_id as ref_id, kp_id,
    -- thousandths of a unit times millionths of a yuan: ten million of them are a fen
    round_half_up((unit_price - cap_price) * net_quantity, 10000000) as amount,
    round_half_up(net_fund * (unit_price - cap_price), unit_price) as fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'cap' as signal, cap_price as value, 'institution' as ref_table, institution_id as ref_id, kp_id,
    0 as amount, 0 as fund_amount
from finding
