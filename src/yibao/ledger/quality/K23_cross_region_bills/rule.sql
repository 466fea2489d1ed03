-- A bill whose other side has not reported so far is not a difference yet; one under two ids is none in money.
select
  cast(settled_at as date) as occurred_on, institution_id, person_id, 'cross_region_bill' as ref_table,
  coalesce(insured_settlement_id, care_settlement_id) as ref_id,
  case outcome when 'amount_differs' then 'fund_amount' when 'other_id' then 'settlement_id' else 'side' end
    as column_name,
  case when outcome = 'other_id' then care_settlement_id else outcome end as value,
  case
    when outcome = 'other_id' then 0
    when fund_difference <> 0 then abs(fund_difference)
    else abs(total_difference)
  end as amount
from cross_region_match
where outcome in ('only_insured', 'only_care', 'amount_differs', 'other_id')
