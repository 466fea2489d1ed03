-- G03 · Stays of one institution for one disease that began within days of each other: which pairs have the same bill?
-- Only diseases with enough such stays are compared. One row per pair whose bills are alike: the cosine of the amounts
-- by item, in squares (product² >= likeness² x norm x norm), amounts in yuan so that nothing overflows.
with stay as (
    select e.encounter_id, e.person_id, e.institution_id, substr(e.main_diagnosis, 1, 3) as disease, e.admitted_at,
        cast(e.admitted_at as date) as admitted_on, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind in ('21', '22', '24', '52')
        and e.main_diagnosis is not null
        and e.admitted_at <= $as_of
        -- An operating day follows one plan for everybody: stays with an operation are not copies of each other.
        and not exists (
            select 1 from procedure as p where p.encounter_id = e.encounter_id and p.anaesthesia is not null
        )
),

neighbour as (
    select a.encounter_id as one, b.encounter_id as other
    from stay as a
    join stay as b
        on b.institution_id = a.institution_id and b.disease = a.disease and b.person_id <> a.person_id
        and b.admitted_on >= a.admitted_on and date_diff('day', a.admitted_on, b.admitted_on) < $days
    where a.admitted_on < b.admitted_on or a.encounter_id < b.encounter_id
),

crowded as (
    select encounter_id
    from (
        select one as encounter_id from neighbour
        union all
        select other from neighbour
    ) as side
    group by encounter_id
    having count(*) >= $min_members - 1
),

item as (
    select l.encounter_id, l.item_code,
        cast(sum(l.amount + coalesce(r.amount, 0)) as bigint) // 100 as yuan
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.encounter_id in (select encounter_id from crowded)
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
    group by l.encounter_id, l.item_code
),

norm as (
    select encounter_id, cast(sum(yuan * yuan) as bigint) as norm, count(*) as items
    from item
    group by encounter_id
    having count(*) >= $min_items
),

product as (
    select n.one, n.other, cast(sum(a.yuan * b.yuan) as bigint) as product
    from neighbour as n
    join item as a on a.encounter_id = n.one
    join item as b on b.encounter_id = n.other and b.item_code = a.item_code
    group by n.one, n.other
)

select
    s.institution_id,
    s.disease,
    p.one,
    p.other,
    s.admitted_at as one_at,
    t.admitted_at as other_at,
    s.amount as one_amount,
    s.fund_amount as one_fund,
    t.amount as other_amount,
    t.fund_amount as other_fund,
    least(x.items, y.items) as items
from product as p
join norm as x on x.encounter_id = p.one
join norm as y on y.encounter_id = p.other
join stay as s on s.encounter_id = p.one
join stay as t on t.encounter_id = p.other
where p.product > 0
    -- (product / norm of one) x (product / norm of other) is the square of the cosine; each factor in basis points
    and (p.product * 10000 // x.norm) * (p.product * 10000 // y.norm) >= $likeness * $likeness
