-- A record that lacks one of the parts cannot be judged: the comparison with null is not true.
select
  cast(charged_at as date) as occurred_on, institution_id, person_id,
  'charge_line' as ref_table, line_id as ref_id, 'amount' as column_name, cast(amount as varchar) as value,
  amount - (not_covered_amount + over_limit_amount + first_share_amount + eligible_amount) as amount
from charge_line
where amount <> not_covered_amount + over_limit_amount + first_share_amount + eligible_amount
union all
select
  cast(settled_at as date), institution_id, person_id,
  'settlement', settlement_id, 'total_amount', cast(total_amount as varchar),
  total_amount - (not_covered_amount + over_limit_amount + first_share_amount + eligible_amount)
from settlement
where total_amount <> not_covered_amount + over_limit_amount + first_share_amount + eligible_amount
