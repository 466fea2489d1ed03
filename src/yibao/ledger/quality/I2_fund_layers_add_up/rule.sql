select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'fund_amount' as column_name,
  cast(fund_amount as varchar) as value,
  fund_amount - (
    basic_fund_amount + civil_servant_amount + enterprise_amount + critical_illness_amount + large_amount_amount
    + assistance_amount + other_fund_amount
  ) as amount
from settlement
where fund_amount <> (
    basic_fund_amount + civil_servant_amount + enterprise_amount + critical_illness_amount + large_amount_amount
    + assistance_amount + other_fund_amount
  )
