with sides as (
  select month, receiving_region as region_code, fund_amount as receivable, 0 as payable, due_amount as due_net
  from clearing_line
  union all
  select month, paying_region as region_code, 0 as receivable, fund_amount as payable, -due_amount as due_net
  from clearing_line
)
select
  month, region_code, cast(sum(receivable) as bigint) as receivable_amount, cast(sum(payable) as bigint) as payable_amount,
  cast(sum(receivable) - sum(payable) as bigint) as net_amount, cast(sum(due_net) as bigint) as due_net_amount
from sides
group by month, region_code
order by month, region_code
