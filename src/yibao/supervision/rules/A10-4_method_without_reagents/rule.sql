-- A10-4 · Tests charged by a dearer method than the laboratory has: chemiluminescence is billed and no reagent for it was
-- ever taken into stock. Judged only at institutions that report their reagents, and once they have for a while. One
-- finding per institution, item and month.
with dear as (
    select distinct item_code
    from catalogue_item
    where list_type = '201' and charge_type = '04' and regexp_matches(name, $dear_method)
),

reagent as (
    select distinct item_code, regexp_matches(name, $dear_method) as is_dear
    from catalogue_item
    where list_type = '301' and regexp_matches(name, $reagent_names)
),

stocked as (
    select m.institution_id, m.moved_on, r.is_dear
    from stock_move as m
    join reagent as r on r.item_code = m.item_code
    where m.kind in ('opening', 'purchase', 'transfer_in') and m.quantity > 0 and m.moved_on <= cast($as_of as date)
),

keeping as (
    select institution_id, min(moved_on) as since_date from stocked group by institution_id
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.item_code, l.charged_at,
        date_trunc('month', l.charged_at) as month_at,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join dear as d on d.item_code = l.item_code
    join keeping as k on k.institution_id = l.institution_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and date_diff('day', k.since_date, cast(l.charged_at as date)) >= $settling_days
),

-- Whether reagents of the method were in stock by the month's last test of the item.
month as (
    select institution_id, item_code, month_at, max(cast(charged_at as date)) as last_day
    from line
    group by institution_id, item_code, month_at
),

supplied as (
    select distinct m.institution_id, m.item_code, m.month_at
    from month as m
    join stocked as s on s.institution_id = m.institution_id and s.is_dear
    where s.moved_on <= m.last_day and date_diff('day', s.moved_on, m.last_day) <= $shelf_days
),

-- Sent to another laboratory: its report says so.
sent_out as (
    select distinct l.line_id
    from line as l
    join exam_report as e on e.encounter_id = l.encounter_id and e.item_code = l.item_code
    where e.institution_id <> l.institution_id
),

kept as (
    select l.*, l.institution_id || '|' || l.item_code || '|' || substr(cast(cast(l.month_at as date) as varchar), 1, 7)
        as finding_key
    from line as l
    where not exists (
            select 1 from supplied as s
            where s.institution_id = l.institution_id and s.item_code = l.item_code and s.month_at = l.month_at
        )
        and not exists (select 1 from sent_out as o where o.line_id = l.line_id)
),

finding as (
    select finding_key, institution_id, max(charged_at) as last_at, count(*) as tests
    from kept
    group by finding_key, institution_id
    having count(*) >= $fewest_tests
)

select
    f.finding_key, cast(null as varchar) as person_id, f.institution_id, cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id, f.last_at as occurred_at, 'tests' as signal, f.tests as value,
    'institution' as ref_table, f.institution_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding as f
union all
select
    f.finding_key, cast(null as varchar), f.institution_id, cast(null as varchar), cast(null as varchar), f.last_at, 'line',
    cast(null as bigint), 'charge_line', k.line_id, cast(null as varchar), k.amount, k.fund_amount
from finding as f
join kept as k on k.finding_key = f.finding_key
