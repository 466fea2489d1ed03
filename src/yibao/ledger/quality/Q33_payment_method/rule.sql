-- A missing group is held against institutions only whose settlements carry groups at all.
with senders as (
  select distinct institution_id
  from settlement
  where drg_code <> ''
),
stays as (
  select
    settlement_id, institution_id, person_id, settled_at, payment_method, fund_amount,
    regexp_matches(payment_method, $by_group) as by_group, coalesce(drg_code, '') <> '' as is_grouped
  from settlement
  where kind in ('21', '22', '23', '24', '52') and payment_method is not null and reversed_settlement_id is null
)
select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'payment_method' as column_name,
  payment_method as value, fund_amount as amount
from stays
where (is_grouped and not by_group)
  or (by_group and not is_grouped and institution_id in (select institution_id from senders))
