-- December's sales of a pharmacy against the mean of its months before, a shop of at least half a year only.
with sold as (
    select e.institution_id, extract(year from e.admitted_at) as year, extract(month from e.admitted_at) as month,
        e.admitted_at, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

shop_year as (
    select institution_id, year,
        cast(sum(case when month = 12 then amount else 0 end) as bigint) as december,
        cast(sum(case when month = 12 then fund_amount else 0 end) as bigint) as december_fund,
        cast(sum(case when month < 12 then amount else 0 end) as bigint) as before,
        count(distinct case when month < 12 then month end) as months,
        max(admitted_at) as last_at
    from sold
    group by institution_id, year
)

select
    institution_id || '|' || cast(year as varchar) as finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    last_at as occurred_at,
    'shop_burst' as signal,
    december as value,
    'institution' as ref_table,
    institution_id as ref_id,
    cast(null as varchar) as kp_id,
    december - before // months as amount,
    greatest(december_fund - december_fund * (before // months) // december, 0) as fund_amount
from shop_year
where months >= 6
    and december > 0
    and december * months * 10000 > $shop_ratio * before
