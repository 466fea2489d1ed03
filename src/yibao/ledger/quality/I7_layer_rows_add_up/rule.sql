-- Settlements without rows, or with a row that has no amount, cannot be judged.
with layers as (
  select
    settlement_id,
    cast(sum(case when layer = $account_layer then 0 else amount end) as bigint) as funds,
    cast(sum(case when layer = $account_layer then amount end) as bigint) as account
  from settlement_layer
  group by settlement_id
  having count(*) = count(amount)
)
select
  cast(s.settled_at as date) as occurred_on, s.institution_id, s.person_id,
  'settlement' as ref_table, s.settlement_id as ref_id, 'fund_amount' as column_name,
  cast(s.fund_amount as varchar) as value, s.fund_amount - l.funds as amount
from layers l
join settlement s on s.settlement_id = l.settlement_id
where s.fund_amount <> l.funds
union all
select
  cast(s.settled_at as date), s.institution_id, s.person_id,
  'settlement', s.settlement_id, 'account_amount',
  cast(s.account_amount as varchar), s.account_amount - l.account
from layers l
join settlement s on s.settlement_id = l.settlement_id
where s.account_amount <> l.account
