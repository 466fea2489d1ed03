-- What an institution charges by type of charge, net of reversals.
select
    c.institution_id,
    c.charge_type,
    cast(sum(c.amount) as bigint) as amount,
    cast(sum(c.fund_amount) as bigint) as fund_amount
from charge_line as c
group by c.institution_id, c.charge_type
