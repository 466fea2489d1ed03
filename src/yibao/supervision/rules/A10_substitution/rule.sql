-- Names that differ from the catalogue's; an alias that somebody confirmed is no other item.
with alias as (
    select distinct institution_id, from_code, to_code
    from code_map
    where kind = 'item' and status = 'confirmed' and to_code is not null
),

named as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.item_name, l.charged_at,
        l.quantity, l.amount, l.fund_amount
    from charge_line as l
    join catalogue_item as c
        on c.item_code = l.item_code
        and c.valid_from <= cast(l.charged_at as date)
        and cast(l.charged_at as date) < coalesce(c.valid_to, date '9999-12-31')
    where l.reversed_line_id is null
        and l.item_name <> c.name
        and coalesce(l.item_name <> c.brand_name, true)
        and strpos(l.item_name, c.name) = 0
        and strpos(c.name, l.item_name) = 0
        and not exists (
            select 1
            from alias as a
            where a.from_code = l.local_code
                and a.to_code = l.item_code
                and (a.institution_id is null or a.institution_id = l.institution_id)
        )
),

-- Names are compared as sets of characters: what both have of what either has (Jaccard), over the few distinct names.
word as (
    select distinct item_name as name from named
    union
    select distinct name from catalogue_item where name is not null
),

place as (
    select 1 as n union all select 2 union all select 3 union all select 4 union all select 5 union all select 6
    union all select 7 union all select 8 union all select 9 union all select 10 union all select 11 union all select 12
    union all select 13 union all select 14 union all select 15 union all select 16 union all select 17
    union all select 18 union all select 19 union all select 20
),

letter as (
    select distinct w.name, substr(w.name, p.n, 1) as letter
    from word as w
    join place as p on p.n <= length(w.name)
),

letters as (
    select name, count(*) as letters from letter group by name
),

pair as (
    select distinct item_code, item_name from named
),

compared as (
    select p.item_code, p.item_name, b.name as other_name, count(*) as both_have
    from pair as p
    join letter as a on a.name = p.item_name
    join letter as b on b.letter = a.letter
    group by p.item_code, p.item_name, b.name
),

likeness as (
    select
        c.item_code, c.item_name, c.other_name,
        c.both_have * 10000 // (x.letters + y.letters - c.both_have) as similar_bp
    from compared as c
    join letters as x on x.name = c.item_name
    join letters as y on y.name = c.other_name
),

billed as (
    select p.item_code, p.item_name, max(coalesce(k.similar_bp, 0)) as billed_bp,
        min(coalesce(c.first_share_rate, 0)) as billed_share, min(c.payment_class) as billed_class
    from pair as p
    join catalogue_item as c on c.item_code = p.item_code
    left join likeness as k on k.item_code = p.item_code and k.item_name = p.item_name and k.other_name = c.name
    group by p.item_code, p.item_name
),

suspected as (
    select b.item_code, b.item_name, b.billed_bp, c.item_code as other_code, c.valid_from, k.similar_bp as other_bp
    from billed as b
    join likeness as k on k.item_code = b.item_code and k.item_name = b.item_name
    join catalogue_item as c on c.name = k.other_name and c.item_code <> b.item_code
    where b.billed_bp < $similar_enough_bp
        and k.similar_bp >= $closer_bp
        and (c.payment_class > b.billed_class or coalesce(c.first_share_rate, 0) > b.billed_share)
    qualify row_number() over (
        partition by b.item_code, b.item_name order by k.similar_bp desc, c.item_code, c.valid_from
    ) = 1
)

select
    n.line_id as finding_key, n.person_id, n.institution_id, n.encounter_id, n.staff_id, n.charged_at as occurred_at,
    'unlike_billed' as signal, s.billed_bp as value, 'charge_line' as ref_table, n.line_id as ref_id,
    cast(null as varchar) as kp_id, n.amount + coalesce(r.amount, 0) as amount,
    coalesce(n.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from named as n
join suspected as s on s.item_code = n.item_code and s.item_name = n.item_name
left join charge_reversal as r on r.line_id = n.line_id
where n.quantity + coalesce(r.quantity, 0) > 0
union all
select
    n.line_id as finding_key, n.person_id, n.institution_id, n.encounter_id, n.staff_id, n.charged_at as occurred_at,
    'like_other' as signal, s.other_bp as value, 'catalogue_item' as ref_table,
    s.other_code || '|' || cast(s.valid_from as varchar) as ref_id, cast(null as varchar) as kp_id, 0 as amount,
    0 as fund_amount
from named as n
join suspected as s on s.item_code = n.item_code and s.item_name = n.item_name
left join charge_reversal as r on r.line_id = n.line_id
where n.quantity + coalesce(r.quantity, 0) > 0
