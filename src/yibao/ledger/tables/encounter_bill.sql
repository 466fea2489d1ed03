select
    encounter_id,
    min(settled_at) as settled_at,
    cast(sum(total_amount) as bigint) as amount,
    cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
    cast(sum(coalesce(account_amount, 0)) as bigint) as account_amount,
    cast(sum(coalesce(family_account_amount, 0)) as bigint) as family_account_amount,
    count(*) as settlements
from settlement
where encounter_id is not null
group by encounter_id
having cast(sum(total_amount) as bigint) > 0
