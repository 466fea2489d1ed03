-- Bills of pharmacies between ten at night and six in the morning.
select
    institution_id, settled_at, settlement_id, total_amount as amount, coalesce(account_amount, 0) as account_amount
from settlement
where kind = '41' and reversed_settlement_id is null
    and (extract(hour from settled_at) >= 22 or extract(hour from settled_at) < 6)
order by institution_id, settled_at
