-- F02 · The code that was scanned is not that of the product settled, fewer boxes were scanned than settled, the code is
-- no code, or an institution scans too few of its sales.
-- Which product the first seven digits stand for is learned from the ledger: what they are nearly always settled as.
with scan as (
    select t.move_id, t.trace_code, left(right(t.trace_code, 20), 7) as product, t.institution_id, t.encounter_id, t.item_code,
        t.quantity, coalesce(t.split_pack, false) as split_pack
    from drug_trace as t
    where t.sold_at <= $as_of and t.quantity > 0
),

item as (
    select item_code, max(coalesce(pack_factor, 1)) as pack_factor, max(coalesce(ingredient_code, item_code)) as ingredient
    from catalogue_item
    group by item_code
),

product_use as (
    select s.product, i.ingredient, count(*) as scans
    from scan as s
    join item as i on i.item_code = s.item_code
    group by s.product, i.ingredient
),

product as (
    select product, ingredient as usual_ingredient
    from product_use
    qualify row_number() over (partition by product order by scans desc, ingredient) = 1
        and cast(sum(scans) over (partition by product) as bigint) >= $min_scans
        and scans * 10000 >= $usual_share * cast(sum(scans) over (partition by product) as bigint)
),

-- Who reports scans at all is judged, from the day that scanning became a duty.
reports as (
    select distinct institution_id from scan
),

settled as (
    select l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        l.quantity + coalesce(r.quantity, 0) as quantity, l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join reports as o on o.institution_id = l.institution_id
    join encounter as e on e.encounter_id = l.encounter_id and strpos('|' || $kinds || '|', '|' || e.kind || '|') > 0
    left join charge_reversal as r on r.line_id = l.line_id
    where l.list_type in ('101', '103')
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and l.charged_at >= cast($scan_from as timestamp)
        and l.charged_at <= $as_of
),

bought as (
    select encounter_id, item_code, min(line_id) as line_id, cast(sum(quantity) as bigint) as quantity,
        cast(sum(amount) as bigint) as amount, cast(sum(fund_amount) as bigint) as fund_amount,
        max(charged_at) as charged_at, max(institution_id) as institution_id, max(person_id) as person_id,
        max(staff_id) as staff_id
    from settled
    group by encounter_id, item_code
),

-- Boxes and split units that were scanned, in pricing units.
scanned as (
    select s.encounter_id, s.item_code,
        cast(sum(s.quantity * case when s.split_pack then 1 else i.pack_factor end) as bigint) as quantity,
        count(*) as codes,
        max(case when p.usual_ingredient <> i.ingredient then s.move_id end) as wrong_move,
        -- not of the form, or one figure all along where the serial number stands
        max(case
            when not regexp_matches(right(s.trace_code, 20), $code_form)
                or replace(right(s.trace_code, 13), substr(s.trace_code, length(s.trace_code), 1), '') = ''
                then s.move_id
        end) as broken_move
    from scan as s
    join item as i on i.item_code = s.item_code
    left join product as p on p.product = s.product
    group by s.encounter_id, s.item_code
),

compared as (
    select b.*, i.pack_factor, coalesce(s.quantity, 0) as scanned, s.wrong_move, s.broken_move
    from bought as b
    join item as i on i.item_code = b.item_code
    left join scanned as s on s.encounter_id = b.encounter_id and s.item_code = b.item_code
),

-- Stock from before the duty has no codes: an item that the institution never scans is left to the upload rate.
never_scanned as (
    select institution_id, item_code
    from compared
    group by institution_id, item_code
    having max(scanned) = 0
),

doubtful as (
    select c.*,
        case
            when c.wrong_move is not null then 'other_product'
            when c.broken_move is not null then 'broken_code'
            else 'not_scanned'
        end as signal,
        coalesce(c.wrong_move, c.broken_move) as move_id
    from compared as c
    where c.wrong_move is not null
        or c.broken_move is not null
        -- whole boxes without a code; what is split off a pack may be scanned with its first part
        or (
            c.scanned < c.quantity
            and (c.quantity - c.scanned) // 1000 >= c.pack_factor
            and not exists (
                select 1 from never_scanned as n
                where n.institution_id = c.institution_id and n.item_code = c.item_code
            )
        )
),

rate as (
    select institution_id, date_trunc('month', cast(charged_at as date)) as month_on, count(*) as sales,
        cast(sum(case when scanned > 0 then 1 else 0 end) as bigint) as scans, max(charged_at) as last_at
    from compared
    group by institution_id, date_trunc('month', cast(charged_at as date))
    having count(*) >= $min_sales
)

select
    line_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    charged_at as occurred_at,
    signal,
    (quantity - least(scanned, quantity)) // 1000 as value,
    'charge_line' as ref_table,
    line_id as ref_id,
    cast(null as varchar) as kp_id,
    amount,
    fund_amount
from doubtful
union all
select
    line_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    charged_at as occurred_at,
    'scan' as signal,
    cast(null as bigint) as value,
    'drug_trace' as ref_table,
    move_id as ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from doubtful
where move_id is not null
union all
select
    institution_id || '|' || substr(cast(cast(month_on as date) as varchar), 1, 7) as finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    last_at as occurred_at,
    'upload_rate' as signal,
    scans * 10000 // sales as value,
    'institution' as ref_table,
    institution_id as ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from rate
where scans * 10000 < $upload_rate * sales
