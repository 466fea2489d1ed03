-- The same drug bought on several days in a row.
with bought as (
    select l.line_id, l.person_id, l.item_code, cast(l.charged_at as date) as bought_on, l.encounter_id,
        l.amount + coalesce(r.amount, 0) as amount, coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join encounter as e on e.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where strpos('|' || $kinds || '|', '|' || e.kind || '|') > 0
        and l.list_type in ('101', '102', '103')
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and l.charged_at <= $as_of
),

drug_day as (
    select person_id, item_code, bought_on
    from bought
    group by person_id, item_code, bought_on
),

-- Days in a row keep one distance to their number.
run_of_days as (
    select
        person_id, item_code, bought_on,
        date_diff('day', date '2000-01-01', bought_on)
        - row_number() over (partition by person_id, item_code order by bought_on) as run
    from drug_day
),

finding as (
    select person_id, item_code, run, min(bought_on) as first_on, max(bought_on) as last_on, count(*) as days
    from run_of_days
    group by person_id, item_code, run
    having count(*) >= $days_in_a_row
)

select
    f.person_id || '|' || f.item_code || '|' || cast(f.last_on as varchar) as finding_key,
    f.person_id,
    cast(null as varchar) as institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.last_on as timestamp) as occurred_at,
    'same_drug' as signal,
    f.days as value,
    'charge_line' as ref_table,
    b.line_id as ref_id,
    cast(null as varchar) as kp_id,
    case when b.bought_on = f.first_on then 0 else b.amount end as amount,
    case when b.bought_on = f.first_on then 0 else b.fund_amount end as fund_amount
from finding as f
join bought as b
    on b.person_id = f.person_id and b.item_code = f.item_code and b.bought_on >= f.first_on and b.bought_on <= f.last_on
