-- A10-2 · Implants on the bill that the record of the operation does not know: less was scanned than charged, or another
-- product. Judged only at institutions that keep such records, and since they do. One finding per encounter and item.
with alias as (
    -- A label without a catalogue code goes by its name: the catalogue's, the brand's, or one that somebody confirmed.
    select name, min(item_code) as item_code
    from (
        select name, item_code from catalogue_item where list_type = '301' and name is not null
        union
        select brand_name, item_code from catalogue_item where list_type = '301' and brand_name is not null
        union
        select from_name, to_code from code_map where kind = 'item' and status = 'confirmed' and to_code is not null
    ) as known
    group by name
    having count(distinct item_code) = 1
),

label as (
    select
        i.encounter_id, i.institution_id, i.implanted_at, i.implant_id, i.quantity, i.outcome,
        coalesce(i.item_code, a.item_code) as item_code
    from implant as i
    left join alias as a on a.name = i.item_name
    where i.implanted_at <= $as_of
),

keeping as (
    select institution_id, min(implanted_at) as since_time from label group by institution_id
),

-- What was taken out again had been put in; what was opened or given back had not.
recorded as (
    select encounter_id, item_code, cast(sum(case when outcome in ('implanted', 'removed') then quantity else 0 end) as bigint)
        as recorded_quantity
    from label
    where item_code is not null
    group by encounter_id, item_code
),

-- A label that nobody can read says that something was put in, not what.
unread as (
    select distinct encounter_id from label where item_code is null
),

implant_item as (
    select item_code from catalogue_item where list_type = '301' and regexp_matches(name, $implant_names)
    union
    select item_code from label where item_code is not null
),

line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join keeping as k on k.institution_id = l.institution_id and k.since_time <= l.charged_at
    left join charge_reversal as r on r.line_id = l.line_id
    where l.item_code in (select item_code from implant_item)
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and l.encounter_id not in (select encounter_id from unread)
),

allowance as (
    select
        l.*, 'procedure' as limit_unit, 'stay' as period, coalesce(c.recorded_quantity, 0) as allowed
    from line as l
    left join recorded as c on c.encounter_id = l.encounter_id and c.item_code = l.item_code
),

{parts/past_allowance}

charged as (
    select past_allowance.*, encounter_id || '|' || item_code as finding_key from past_allowance
),

-- The first line of each finding stands for it.
finding as (
    select *
    from charged
    qualify row_number() over (partition by finding_key order by charged_at, line_id) = 1
),

-- Put in and not on the bill: what the charge may have been swapped for.
other as (
    select f.finding_key, i.implant_id, i.quantity
    from finding as f
    join label as i on i.encounter_id = f.encounter_id and i.item_code <> f.item_code and i.outcome = 'implanted'
    where not exists (select 1 from line as l where l.encounter_id = i.encounter_id and l.item_code = i.item_code)
),

evidence as (
    select finding_key, signal, value, 'charge_line' as ref_table, line_id as ref_id, excess_amount as amount,
        excess_fund_amount as fund_amount
    from charged
    union all
    select finding_key, 'charged', total_quantity, 'encounter', encounter_id, 0, 0 from finding
    union all
    select finding_key, 'recorded', period_allowed, 'encounter', encounter_id, 0, 0 from finding
    union all
    select finding_key, 'other_product', quantity, 'implant', implant_id, 0, 0 from other
)

select
    f.finding_key, f.person_id, f.institution_id, f.encounter_id, f.staff_id, f.last_at as occurred_at, e.signal, e.value,
    e.ref_table, e.ref_id, cast(null as varchar) as kp_id, e.amount, e.fund_amount
from finding as f
join evidence as e on e.finding_key = f.finding_key
