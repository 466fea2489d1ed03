-- Refund lines count with their sign. A settlement whose lines were not sent is not judged.
with lines as (
  select settlement_id, count(*) as lines, cast(sum(amount) as bigint) as amount
  from charge_line
  where settlement_id is not null
  group by settlement_id
)
select
  cast(s.settled_at as date) as occurred_on, s.institution_id, s.person_id,
  'settlement' as ref_table, s.settlement_id as ref_id, 'total_amount' as column_name,
  cast(s.total_amount as varchar) as value, s.total_amount - l.amount as amount
from lines l
join settlement s on s.settlement_id = l.settlement_id
where abs(s.total_amount - l.amount) > $tolerance * l.lines
