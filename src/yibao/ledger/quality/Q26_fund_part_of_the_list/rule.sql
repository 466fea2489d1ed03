-- I2, I3 and I4 report each identity; this is the list that goes back to its sender, once. A part that was not sent
-- leaves its identity unjudged.
with differences as (
  select
    settlement_id, institution_id, person_id, settled_at, fund_amount,
    coalesce(
      fund_amount - (
        basic_fund_amount + civil_servant_amount + enterprise_amount + critical_illness_amount + large_amount_amount
        + assistance_amount + other_fund_amount
      ), 0
    ) as of_funds,
    coalesce(person_amount - (total_amount - fund_amount - hospital_amount), 0) as of_person,
    coalesce(person_amount - (account_amount + cash_amount), 0) as of_means
  from settlement
)
select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'fund_amount' as column_name,
  trim(
    case when of_funds <> 0 then 'I2 ' else '' end || case when of_person <> 0 then 'I3 ' else '' end
    || case when of_means <> 0 then 'I4' else '' end
  ) as value,
  greatest(abs(of_funds), abs(of_person), abs(of_means)) as amount
from differences
where of_funds <> 0 or of_person <> 0 or of_means <> 0
