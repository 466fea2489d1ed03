select
    reversed_line_id as line_id,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(amount) as bigint) as amount,
    cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
    count(*) as lines
from charge_line
where reversed_line_id is not null
group by reversed_line_id
