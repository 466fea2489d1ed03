-- F01 · One box, one code, one sale: a box is settled again although it never came back.
-- Quantities of whole packs are thousandths of a pack, of split packs thousandths of the pricing unit.
with moved as (
    select t.trace_code
    from drug_trace as t
    where t.insured and t.quantity > 0 and t.sold_at <= $as_of
    group by t.trace_code
    having count(*) > 1
),

move as (
    select t.move_id, t.trace_code, t.institution_id, t.person_id, t.encounter_id, t.settlement_id, t.item_code, t.quantity,
        t.sold_at, coalesce(t.split_pack, false) as split_pack, coalesce(t.insured, false) as insured, t.document_no
    from moved as m
    join drug_trace as t on t.trace_code = m.trace_code
    where t.sold_at <= $as_of
        and not regexp_matches(right(t.trace_code, 20), $case_codes)
),

-- A sale that was sent twice (one document or one settlement, or the same person within minutes) is one sale.
sent_once as (
    select *
    from move
    qualify row_number() over (
        partition by trace_code, institution_id, coalesce(document_no, settlement_id, move_id),
            case when quantity < 0 then move_id else '' end
        order by sold_at, move_id
    ) = 1
),

followed as (
    select
        s.*,
        lag(person_id) over w as last_person,
        lag(institution_id) over w as last_institution,
        lag(sold_at) over w as last_sold_at,
        lag(quantity) over w as last_quantity
    from sent_once as s
    window w as (partition by trace_code order by sold_at, move_id)
),

sale as (
    select f.*
    from followed as f
    where f.quantity < 0 or not coalesce(
        f.last_quantity > 0 and f.last_institution = f.institution_id and f.last_person = f.person_id
        and cast(epoch(f.sold_at) as bigint) - cast(epoch(f.last_sold_at) as bigint) <= $retry_minutes * 60, false
    )
),

-- A refund of the charge stands for a return that was never uploaded.
refunded as (
    select s.move_id, max(b.charged_at) as refunded_at
    from sale as s
    join charge_line as l on l.encounter_id = s.encounter_id and l.item_code = s.item_code
    join charge_reversal as r on r.line_id = l.line_id
    join charge_line as b on b.reversed_line_id = l.line_id
    where s.quantity > 0 and l.quantity + r.quantity <= 0
    group by s.move_id
),

pack as (
    select item_code, max(coalesce(pack_factor, 1)) as pack_factor
    from catalogue_item
    group by item_code
),

-- What of the box is out before each sale: in pricing units where the pack was ever split, else in packs.
walked as (
    select
        s.*,
        coalesce(p.pack_factor, 1) as pack_factor,
        max(case when s.split_pack then 1 else 0 end) over (partition by s.trace_code) as ever_split,
        cast(sum(s.quantity * case when s.split_pack then 1 else coalesce(p.pack_factor, 1) end) over w as bigint)
            as out_after,
        first_value(s.sold_at) over w as first_sold_at,
        first_value(s.institution_id) over w as first_institution,
        first_value(s.move_id) over w as first_move
    from sale as s
    left join pack as p on p.item_code = s.item_code
    where not exists (select 1 from refunded as d where d.move_id = s.move_id)
        and not (s.quantity < 0 and exists (
            select 1 from refunded as d
            join sale as o on o.move_id = d.move_id
            where o.trace_code = s.trace_code and o.institution_id = s.institution_id
        ))
    window w as (partition by s.trace_code order by s.sold_at, s.move_id rows between unbounded preceding and current row)
),

again as (
    select
        w.*,
        date_diff('day', cast(first_sold_at as date), cast(sold_at as date)) as days
    from walked as w
    where quantity > 0
        and move_id <> first_move
        -- more of the box is out than it holds; parts of a split pack may leave one institution only
        and (
            out_after > pack_factor * 1000
            or (ever_split = 1 and institution_id <> first_institution)
        )
),

-- The money of a box is its part of the line: the line over the boxes scanned for it.
boxes as (
    select t.encounter_id, t.item_code, count(*) as boxes
    from drug_trace as t
    where t.quantity > 0 and t.encounter_id in (select encounter_id from again)
    group by t.encounter_id, t.item_code
),

line as (
    select a.move_id, l.line_id,
        round_half_up(l.amount + coalesce(r.amount, 0), b.boxes) as amount,
        round_half_up(coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0), b.boxes) as fund_amount
    from again as a
    join charge_line as l on l.encounter_id = a.encounter_id and l.item_code = a.item_code
    join boxes as b on b.encounter_id = a.encounter_id and b.item_code = a.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
    qualify row_number() over (partition by a.move_id order by l.line_id) = 1
),

evidence as (
    select trace_code, 'sold_again' as signal, days as value, 'drug_trace' as ref_table, move_id as ref_id, 0 as amount,
        0 as fund_amount
    from again
    union all
    select trace_code, 'reflow' as signal, days as value, 'drug_trace' as ref_table, first_move as ref_id, 0 as amount,
        0 as fund_amount
    from again
    where institution_id <> first_institution and days >= 1
    union all
    select trace_code, 'same_shop' as signal, cast(null as bigint) as value, 'drug_trace' as ref_table,
        first_move as ref_id, 0 as amount, 0 as fund_amount
    from again
    where institution_id = first_institution
    union all
    select a.trace_code, 'line' as signal, l.fund_amount as value, 'charge_line' as ref_table, l.line_id as ref_id,
        l.amount, l.fund_amount
    from again as a
    join line as l on l.move_id = a.move_id
),

subject as (
    select trace_code, person_id, institution_id, encounter_id, sold_at
    from again
    qualify row_number() over (partition by trace_code order by sold_at desc, move_id) = 1
)

select
    v.trace_code as finding_key,
    s.person_id,
    s.institution_id,
    s.encounter_id,
    cast(null as varchar) as staff_id,
    s.sold_at as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join subject as s on s.trace_code = v.trace_code
