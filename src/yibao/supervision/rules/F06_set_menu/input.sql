-- F06 · What was bought together at pharmacies: one row per thing in a basket of at least three things.
with basket as (
    select e.encounter_id, e.institution_id, e.person_id, e.admitted_at
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

thing as (
    select b.institution_id, b.encounter_id, b.person_id, b.admitted_at, l.item_code,
        cast(sum(l.amount + coalesce(r.amount, 0)) as bigint) as amount,
        cast(sum(coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0)) as bigint) as fund_amount
    from charge_line as l
    join basket as b on b.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
    group by b.institution_id, b.encounter_id, b.person_id, b.admitted_at, l.item_code
),

-- How many baskets the shop and the others filled, small ones included.
shop as (
    select institution_id, count(distinct encounter_id) as baskets
    from thing
    group by institution_id
)

select
    t.institution_id,
    t.encounter_id,
    t.person_id,
    t.admitted_at,
    t.item_code,
    t.amount,
    t.fund_amount,
    s.baskets as shop_baskets,
    'all' as market
from thing as t
join shop as s on s.institution_id = t.institution_id
where t.encounter_id in (select encounter_id from thing group by encounter_id having count(*) >= $min_things)
