-- A reversal mirrors its original, so it is judged with the sign turned.
with bills as (
  select
    settled_at, institution_id, person_id, settlement_id, deductible_amount,
    case when reversed_settlement_id is null then deductible_amount else -deductible_amount end as deductible,
    case when reversed_settlement_id is null then eligible_amount else -eligible_amount end as eligible
  from settlement
)
select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'deductible_amount' as column_name,
  cast(deductible_amount as varchar) as value,
  case when deductible < 0 then deductible else deductible - eligible end as amount
from bills
where deductible < 0 or deductible > eligible
