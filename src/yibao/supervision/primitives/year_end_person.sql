-- December's purchases of a person at pharmacies against the mean of the months before, in whole fen:
-- december / (rest / months) > ratio is december * months * 10000 > ratio * rest.
with bought as (
    select e.encounter_id, e.person_id, e.institution_id, e.admitted_at, extract(year from e.admitted_at) as year,
        extract(month from e.admitted_at) as month, min(e.admitted_at) over () as begun_at, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

-- Months without a purchase count as empty ones; a year of which only the end is on record is not judged.
yearly as (
    select b.person_id, b.year,
        cast(sum(case when b.month = 12 then b.amount else 0 end) as bigint) as december,
        cast(sum(case when b.month < 12 then b.amount else 0 end) as bigint) as before,
        count(case when b.month = 12 then 1 end) as purchases,
        count(distinct case when b.month < 12 then b.month end) as months,
        max(b.admitted_at) as last_at
    from bought as b
    where b.year > extract(year from b.begun_at) or extract(month from b.begun_at) <= $latest_first_month
    group by b.person_id, b.year
),

finding as (
    select person_id, year, december, before, purchases, last_at, person_id || '|' || cast(year as varchar) as finding_key
    from yearly
    where december >= $min_amount
        and purchases >= $min_purchases
        and months >= $min_months
        and december * 11 * 10000 > $person_ratio * before
),

pieces as (
    select f.finding_key, f.person_id, f.last_at, 'person_burst' as signal, f.december as value,
        'encounter' as ref_table, b.encounter_id as ref_id, b.amount, b.fund_amount
    from finding as f
    join bought as b on b.person_id = f.person_id and b.year = f.year and b.month = 12
    union all
    select finding_key, person_id, last_at, 'usual_month', before // 11, 'person', person_id, 0, 0
    from finding
)

select
    finding_key,
    person_id,
    cast(null as varchar) as institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    last_at as occurred_at,
    signal,
    value,
    ref_table,
    ref_id,
    cast(null as varchar) as kp_id,
    amount,
    fund_amount
from pieces
