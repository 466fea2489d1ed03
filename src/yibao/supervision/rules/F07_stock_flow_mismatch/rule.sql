-- F07 · An institution settles more of a drug or consumable than ever came into its store.
-- Per institution and item, from one stock count to the next: opening + purchases + transfers in - transfers out
-- - returns - losses against the quantity settled net of refunds, cumulated by month (a purchase may be booked late
-- within its month). All quantities in thousandths of the pricing unit.
with pack as (
    select item_code, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to, pack_factor
    from catalogue_item
),

-- Packs become pricing units by the catalogue of the day; where it does not say how many, nothing can be compared.
move as (
    select
        m.move_id, m.institution_id, m.item_code, m.moved_on, m.kind,
        m.kind in ('opening', 'purchase', 'transfer_in') as is_inflow,
        m.quantity
        * case when m.unit = 'pack' then pack.pack_factor else 1 end
        * case when m.kind in ('transfer_out', 'return_out', 'loss') then -1 else 1 end as quantity
    from stock_move as m
    left join pack on pack.item_code = m.item_code and m.moved_on >= pack.valid_from and m.moved_on < pack.valid_to
),

not_convertible as (
    select distinct institution_id, item_code
    from move
    where quantity is null
),

-- A count of the whole store begins the books: an item that it does not name was not there.
store as (
    select
        institution_id,
        min(moved_on) as first_move_on,
        min(case when kind = 'opening' then moved_on end) as first_count_on
    from move
    group by institution_id
),

-- The periods of an item begin with its counts; what came before the first one (begins_on null) is not judged.
counted_period as (
    select
        institution_id, item_code, moved_on as begins_on, moved_on as from_on,
        coalesce(
            lead(moved_on) over (partition by institution_id, item_code order by moved_on), date '9999-12-31'
        ) as until_on
    from (select distinct institution_id, item_code, moved_on from move where kind = 'opening') as count_day
),

item_period as (
    select institution_id, item_code, begins_on, from_on, until_on
    from counted_period
    union all
    select institution_id, item_code, cast(null as date) as begins_on, date '0001-01-01' as from_on,
        min(from_on) as until_on
    from counted_period
    group by institution_id, item_code
),

-- Between two count days of an institution no period of any of its items begins.
store_period as (
    select
        institution_id, begins_on,
        coalesce(lead(begins_on) over (partition by institution_id order by begins_on), date '9999-12-31') as ends_on
    from (
        select institution_id, moved_on as begins_on from move where kind = 'opening'
        union
        select institution_id, first_move_on as begins_on from store
    ) as store_day
),

-- Charge lines of what is kept in store, by institutions that report their stock at all. Read once: the sums, the
-- refunds and the evidence all come from here.
stock_line as (
    select
        l.line_id, l.institution_id, l.item_code, cast(l.charged_at as date) as charged_on, l.quantity, l.amount,
        coalesce(l.fund_amount, 0) as fund_amount, s.begins_on as store_begins_on
    from charge_line as l
    join store_period as s
        on s.institution_id = l.institution_id
        and cast(l.charged_at as date) >= s.begins_on and cast(l.charged_at as date) < s.ends_on
    where l.list_type in ('101', '102', '103', '301')
        and l.reversed_line_id is null
),

-- Few lines are refunded, wholly or in part: what is left of these is worked out apart, the others stand as charged.
refunded_line as (
    select
        l.line_id, l.institution_id, l.item_code, l.charged_on, l.store_begins_on,
        l.quantity + r.quantity as quantity, l.amount + r.amount as amount, l.fund_amount + r.fund_amount as fund_amount
    from charge_reversal as r
    join stock_line as l on l.line_id = r.line_id
    where l.quantity + r.quantity > 0
),

-- Both sides of the books: sales by month, apart before and after a count of the store.
sale as (
    select
        institution_id, item_code, charged_on, quantity, amount, fund_amount,
        greatest(store_begins_on, cast(date_trunc('month', charged_on) as date)) as booked_on
    from stock_line
    where quantity > 0
        and line_id not in (select line_id from charge_reversal)
    union all
    select
        institution_id, item_code, charged_on, quantity, amount, fund_amount,
        greatest(store_begins_on, cast(date_trunc('month', charged_on) as date)) as booked_on
    from refunded_line
),

entry as (
    select
        institution_id, item_code, booked_on, min(charged_on) as first_sale_on, max(charged_on) as last_sale_on,
        cast(sum(quantity) as bigint) as settled, 0 as supplied, cast(sum(amount) as bigint) as amount,
        cast(sum(fund_amount) as bigint) as fund_amount, cast(null as date) as inflow_on
    from sale
    group by institution_id, item_code, booked_on
    union all
    select
        institution_id, item_code, moved_on as booked_on, cast(null as date) as first_sale_on,
        cast(null as date) as last_sale_on, 0 as settled, quantity as supplied, 0 as amount, 0 as fund_amount,
        case when is_inflow then moved_on end as inflow_on
    from move
),

-- begins_on is null where no count was ever reported: what lay in store at first is unknown.
placed as (
    select
        e.institution_id, e.item_code, e.booked_on, e.first_sale_on, e.last_sale_on, e.settled, e.supplied, e.amount,
        e.fund_amount, e.inflow_on, store.first_move_on,
        case when p.item_code is null then store.first_count_on else p.begins_on end as begins_on
    from entry as e
    join store on store.institution_id = e.institution_id
    left join item_period as p
        on p.institution_id = e.institution_id and p.item_code = e.item_code
        and e.booked_on >= p.from_on and e.booked_on < p.until_on
    where store.first_count_on is null
        or (p.item_code is null and e.booked_on >= store.first_count_on)
        or p.begins_on is not null
),

month as (
    select
        institution_id, item_code, begins_on,
        cast(date_trunc('month', booked_on) as date) as month_on,
        min(first_move_on) as first_move_on,
        min(first_sale_on) as first_sale_on,
        max(last_sale_on) as last_sale_on,
        max(inflow_on) as inflow_on,
        cast(sum(settled) as bigint) as settled,
        cast(sum(supplied) as bigint) as supplied,
        cast(sum(amount) as bigint) as amount,
        cast(sum(fund_amount) as bigint) as fund_amount
    from placed
    group by institution_id, item_code, begins_on, cast(date_trunc('month', booked_on) as date)
),

running as (
    select
        institution_id, item_code, begins_on, month_on, first_move_on, first_sale_on, last_sale_on,
        max(inflow_on) over so_far as last_inflow_on,
        cast(sum(settled) over so_far as bigint) as settled,
        greatest(cast(sum(supplied) over so_far as bigint), 0) as supplied,
        cast(sum(amount) over so_far as bigint) as amount,
        cast(sum(fund_amount) over so_far as bigint) as fund_amount
    from month
    window so_far as (
        partition by institution_id, item_code, begins_on order by month_on
        rows between unbounded preceding and current row
    )
),

item_pack as (
    select item_code, max(coalesce(pack_factor, 1)) as pack_factor
    from catalogue_item
    group by item_code
),

judged as (
    select
        running.*,
        settled - supplied as excess,
        begins_on is not null
        and settled - supplied > greatest(
            round_half_up(supplied * $tolerance_rate, 10000),
            $tolerance_packs * coalesce(item_pack.pack_factor, 1)
        ) as is_over_stock,
        -- unknown first stock may explain any sale after a purchase, and any sale until the look-back is full
        settled > supplied
        and amount > $min_amount
        and coalesce(last_inflow_on < cast(first_sale_on - $look_back_days * interval 1 day as date), true)
        and (
            begins_on is not null
            or (
                last_inflow_on is null
                and first_move_on <= cast(first_sale_on - $look_back_days * interval 1 day as date)
            )
        ) as is_without_purchase
    from running
    left join item_pack on item_pack.item_code = running.item_code
    where first_sale_on is not null
),

-- The month in which most was missing speaks for the period. More cannot be missing than was settled, since supply is
-- never below zero. The mean price is in millionths of a yuan, as unit prices are: fen x 10^4 per thousandth x 10^3.
worst as (
    select
        j.institution_id || '|' || j.item_code || '|'
        || coalesce(cast(j.begins_on as varchar), 'uncounted') as finding_key,
        j.*,
        round_half_up(j.amount * 10000000, j.settled) as mean_price,
        round_half_up(j.fund_amount * 10000000, j.settled) as mean_fund_price
    from judged as j
    where (j.is_over_stock or j.is_without_purchase)
        and not exists (
            select 1 from not_convertible as n where n.institution_id = j.institution_id and n.item_code = j.item_code
        )
    qualify row_number() over (
        partition by j.institution_id, j.item_code, j.begins_on order by j.excess desc, j.month_on
    ) = 1
),

finding as (
    select
        worst.*,
        round_half_up(excess * mean_price, 10000000) as excess_amount,
        round_half_up(excess * mean_fund_price, 10000000) as excess_fund_amount
    from worst
),

line as (
    select f.finding_key, l.line_id, l.charged_on, l.quantity
    from finding as f
    join stock_line as l on l.institution_id = f.institution_id and l.item_code = f.item_code
    where l.charged_on >= coalesce(f.begins_on, f.first_move_on)
        and l.charged_on <= f.last_sale_on
        and l.quantity > 0
        and l.line_id not in (select line_id from charge_reversal)
    union all
    select f.finding_key, l.line_id, l.charged_on, l.quantity
    from finding as f
    join refunded_line as l on l.institution_id = f.institution_id and l.item_code = f.item_code
    where l.charged_on >= coalesce(f.begins_on, f.first_move_on)
        and l.charged_on <= f.last_sale_on
),

evidence as (
    select finding_key, 'over_stock' as signal, excess as value, 'institution' as ref_table, institution_id as ref_id,
        excess_amount as amount, excess_fund_amount as fund_amount
    from finding
    where is_over_stock
    union all
    select finding_key, 'no_purchase' as signal, amount as value, 'institution' as ref_table, institution_id as ref_id,
        case when is_over_stock then 0 else excess_amount end as amount,
        case when is_over_stock then 0 else excess_fund_amount end as fund_amount
    from finding
    where is_without_purchase
    union all
    select finding_key, 'settled' as signal, settled as value, 'institution' as ref_table, institution_id as ref_id,
        0 as amount, 0 as fund_amount
    from finding
    union all
    select finding_key, 'supplied' as signal, supplied as value, 'institution' as ref_table, institution_id as ref_id,
        0 as amount, 0 as fund_amount
    from finding
    union all
    select f.finding_key, 'move' as signal, m.quantity as value, 'stock_move' as ref_table, m.move_id as ref_id,
        0 as amount, 0 as fund_amount
    from finding as f
    join move as m
        on m.institution_id = f.institution_id and m.item_code = f.item_code
        and m.moved_on >= coalesce(f.begins_on, f.first_move_on) and m.moved_on <= f.last_sale_on
    union all
    -- the newest lines are enough to begin with; the others follow by institution and item
    select shown.finding_key, 'line' as signal, shown.quantity as value, 'charge_line' as ref_table,
        shown.line_id as ref_id, 0 as amount, 0 as fund_amount
    from (
        select finding_key, line_id, quantity
        from line
        qualify row_number() over (partition by finding_key order by charged_on desc, line_id) <= $lines_shown
    ) as shown
)

select
    e.finding_key,
    cast(null as varchar) as person_id,
    f.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.last_sale_on as timestamp) as occurred_at,
    e.signal,
    e.value,
    e.ref_table,
    e.ref_id,
    cast(null as varchar) as kp_id,
    e.amount,
    e.fund_amount
from evidence as e
join finding as f on f.finding_key = e.finding_key
