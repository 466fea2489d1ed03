select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'person_amount' as column_name,
  cast(person_amount as varchar) as value, person_amount - (total_amount - fund_amount - hospital_amount) as amount
from settlement
where person_amount <> total_amount - fund_amount - hospital_amount
