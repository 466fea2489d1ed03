-- The place of care has paid its institutions; the insured place pays back what its policy gives.
with bills as (
  select
    cast(date_trunc('month', b.settled_at) as date) as month, b.insured_region as paying_region,
    b.care_region as receiving_region, b.scheme, b.settlement_id, b.person_id, b.total_amount, b.booked_fund,
    d.fund_amount as due_amount
  from bill b
  join due d on d.settlement_id = b.settlement_id
  where b.insured_region is not null and b.care_region is not null and b.insured_region <> b.care_region
    and b.crossing in ('same_province', 'cross_province')
)
select
  month, paying_region, receiving_region, scheme, count(*) as bills, count(distinct person_id) as persons,
  cast(sum(total_amount) as bigint) as total_amount, cast(sum(booked_fund) as bigint) as fund_amount,
  cast(sum(due_amount) as bigint) as due_amount
from bills
group by month, paying_region, receiving_region, scheme
order by month, paying_region, receiving_region, scheme
