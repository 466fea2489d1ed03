-- Of what a store keeps: what came in since its first count, and what was charged since then, in thousandths of the
-- pricing unit; net of refunds. Items whose packs cannot be converted are left out.
with pack as (
    select item_code, min(coalesce(pack_factor, 1)) as pack_factor, min(name) as name, min(name_en) as name_en
    from catalogue_item
    group by item_code
),
store as (
    select institution_id, min(moved_on) as counted_on from stock_move where kind = 'opening' group by institution_id
),
supplied as (
    select
        m.institution_id, m.item_code, s.counted_on,
        cast(sum(
            m.quantity * case when m.unit = 'pack' then p.pack_factor else 1 end
            * case when m.kind in ('transfer_out', 'return_out', 'loss') then -1 else 1 end
        ) as bigint) as supplied,
        cast(sum(case when m.kind = 'opening' then m.quantity * case when m.unit = 'pack' then p.pack_factor else 1 end
            else 0 end) as bigint) as opening
    from stock_move as m
    inner join store as s on s.institution_id = m.institution_id and m.moved_on >= s.counted_on
    inner join pack as p on p.item_code = m.item_code
    group by m.institution_id, m.item_code, s.counted_on
),
settled as (
    select
        l.institution_id, l.item_code, cast(sum(l.quantity) as bigint) as settled, cast(sum(l.amount) as bigint) as amount
    from charge_line as l
    inner join store as s on s.institution_id = l.institution_id and cast(l.charged_at as date) >= s.counted_on
    where l.list_type in ('101', '102', '103', '301')
    group by l.institution_id, l.item_code
)
select
    t.institution_id, t.item_code, coalesce(p.name, t.item_code) as name,
    coalesce(p.name_en, p.name, t.item_code) as name_en, coalesce(u.opening, 0) as opening,
    coalesce(u.supplied, 0) as supplied, t.settled, t.settled - coalesce(u.supplied, 0) as excess, t.amount
from settled as t
left join supplied as u on u.institution_id = t.institution_id and u.item_code = t.item_code
left join pack as p on p.item_code = t.item_code
order by t.institution_id, t.item_code
