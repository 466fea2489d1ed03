-- A reversal mirrors its original, so it is judged with the sign turned.
with bills as (
  select
    settled_at, institution_id, person_id, settlement_id, basic_fund_amount,
    case when reversed_settlement_id is null then 1 else -1 end
      * (basic_fund_amount - (eligible_amount - deductible_amount)) as excess
  from settlement
)
select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'basic_fund_amount' as column_name,
  cast(basic_fund_amount as varchar) as value, excess as amount
from bills
where excess > 0
