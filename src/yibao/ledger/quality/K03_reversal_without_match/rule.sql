-- Refunds are few: they are taken out first and meet only their originals.
with refunds as (
  select line_id, reversed_line_id, institution_id, person_id, charged_at, quantity, amount
  from charge_line
  where reversed_line_id is not null
),
originals as (
  select line_id, institution_id, person_id, quantity, amount, reversed_line_id is not null as is_refund
  from charge_line
  where line_id in (select reversed_line_id from refunds)
),
pairs as (
  select
    r.line_id, r.reversed_line_id, r.institution_id, r.person_id, r.charged_at, r.quantity, r.amount,
    o.line_id is null as is_alone, coalesce(o.is_refund, false) as of_refund,
    coalesce(o.person_id <> r.person_id or o.institution_id <> r.institution_id, false) as of_other,
    o.amount as original_amount, o.quantity as original_quantity
  from refunds r
  left join originals o on o.line_id = r.reversed_line_id
),
totals as (
  select
    reversed_line_id, max(line_id) as line_id, max(institution_id) as institution_id, max(person_id) as person_id,
    max(charged_at) as charged_at, cast(sum(amount) as bigint) as amount, cast(sum(quantity) as bigint) as quantity,
    max(original_amount) as original_amount, max(original_quantity) as original_quantity
  from pairs
  where not is_alone and not of_refund
  group by reversed_line_id
),
reversals as (
  select
    r.settlement_id, r.institution_id, r.person_id, r.settled_at, r.reversed_settlement_id, r.total_amount,
    o.settlement_id is null as is_alone, o.total_amount as original_amount,
    row_number() over (partition by r.reversed_settlement_id order by r.settled_at, r.settlement_id) as turn
  from settlement r
  left join settlement o on o.settlement_id = r.reversed_settlement_id
  where r.reversed_settlement_id is not null
)
select
  cast(charged_at as date) as occurred_on, institution_id, person_id,
  'charge_line' as ref_table, line_id as ref_id, 'reversed_line_id' as column_name,
  reversed_line_id as value, case when is_alone then amount else 0 end as amount
from pairs
where is_alone or of_refund or of_other
union all
select
  cast(charged_at as date), institution_id, person_id,
  'charge_line', line_id, 'amount', cast(amount as varchar), original_amount + amount
from totals
where original_amount + amount < 0 or original_quantity + quantity < 0
union all
select
  cast(settled_at as date), institution_id, person_id,
  'settlement', settlement_id, 'reversed_settlement_id', reversed_settlement_id, total_amount
from reversals
where is_alone or turn > 1
union all
select
  cast(settled_at as date), institution_id, person_id,
  'settlement', settlement_id, 'total_amount', cast(total_amount as varchar), original_amount + total_amount
from reversals
where original_amount + total_amount <> 0
