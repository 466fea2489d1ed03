-- Refunds are few: they are taken out first and meet only their originals. A line may be refunded in parts, a settlement
-- only as a whole and once.
with refunds as (
  select line_id, reversed_line_id, settlement_id, institution_id, person_id, charged_at, quantity, amount
  from charge_line
  where reversed_line_id is not null
),
originals as (
  select line_id, settlement_id, institution_id, person_id, charged_at, quantity, amount,
    reversed_line_id is not null as is_refund
  from charge_line
  where line_id in (select reversed_line_id from refunds)
),
pairs as (
  select
    r.line_id, r.reversed_line_id, r.institution_id, r.person_id, r.charged_at, r.quantity, r.amount,
    o.line_id is null as is_alone, coalesce(o.is_refund, false) as of_refund,
    coalesce(o.person_id <> r.person_id or o.institution_id <> r.institution_id, false) as of_other,
    coalesce(r.charged_at < o.charged_at, false) as is_early,
    o.amount as original_amount, o.quantity as original_quantity
  from refunds r
  left join originals o on o.line_id = r.reversed_line_id
),
totals as (
  select
    reversed_line_id, max(line_id) as line_id, max(institution_id) as institution_id, max(person_id) as person_id,
    max(charged_at) as charged_at, cast(sum(amount) as bigint) as amount,
    max(original_amount) + cast(sum(amount) as bigint) as amount_left,
    max(original_quantity) + cast(sum(quantity) as bigint) as quantity_left
  from pairs
  where not is_alone and not of_refund
  group by reversed_line_id
),
reversals as (
  select
    r.settlement_id, r.institution_id, r.person_id, r.settled_at, r.reversed_settlement_id, r.total_amount,
    o.settlement_id is null as is_alone, coalesce(o.reversed_settlement_id is not null, false) as of_reversal,
    coalesce(o.person_id <> r.person_id or o.institution_id <> r.institution_id, false) as of_other,
    coalesce(r.settled_at < o.settled_at, false) as is_early, o.total_amount as original_amount,
    row_number() over (partition by r.reversed_settlement_id order by r.settled_at, r.settlement_id) as turn
  from settlement r
  left join settlement o on o.settlement_id = r.reversed_settlement_id
  where r.reversed_settlement_id is not null
),
billed as (
  select settlement_id, cast(sum(amount) as bigint) as amount
  from charge_line
  where settlement_id in (select reversed_settlement_id from reversals) and reversed_line_id is null
  group by settlement_id
),
undone as (
  select o.settlement_id, cast(sum(r.amount) as bigint) as amount
  from originals o
  join refunds r on r.reversed_line_id = o.line_id
  group by o.settlement_id
),
faults as (
  select
    'charge_line' as ref_table, line_id as ref_id, institution_id, person_id, charged_at as happened_at,
    'reversed_line_id' as column_name, reversed_line_id as value, case when is_alone then amount else 0 end as amount,
    case when is_alone then 'alone' when of_refund then 'of_reversal' else 'of_other' end as fault
  from pairs
  where is_alone or of_refund or of_other
  union all
  select
    'charge_line', line_id, institution_id, person_id, charged_at, 'charged_at', cast(charged_at as varchar), 0, 'early'
  from pairs
  where is_early
  union all
  select
    'charge_line', line_id, institution_id, person_id, charged_at, 'amount', cast(amount as varchar), amount_left,
    case when amount_left < 0 or quantity_left < 0 then 'too_much' else 'uneven' end
  from totals
  where amount_left < 0 or quantity_left < 0 or (amount_left = 0) <> (quantity_left = 0)
  union all
  select
    'settlement', settlement_id, institution_id, person_id, settled_at, 'reversed_settlement_id',
    reversed_settlement_id, case when is_alone or turn > 1 then total_amount else 0 end,
    case
      when is_alone then 'alone' when of_reversal then 'of_reversal' when turn > 1 then 'again' else 'of_other'
    end
  from reversals
  where is_alone or turn > 1 or of_reversal or of_other
  union all
  select
    'settlement', settlement_id, institution_id, person_id, settled_at, 'settled_at', cast(settled_at as varchar), 0,
    'early'
  from reversals
  where is_early
  union all
  select
    'settlement', settlement_id, institution_id, person_id, settled_at, 'total_amount', cast(total_amount as varchar),
    original_amount + total_amount, case when original_amount + total_amount > 0 then 'partial' else 'too_much' end
  from reversals
  where original_amount + total_amount <> 0 and not of_reversal
  union all
  select
    'settlement', v.settlement_id, v.institution_id, v.person_id, v.settled_at, 'settlement_id',
    v.reversed_settlement_id, b.amount + coalesce(u.amount, 0), 'lines_left'
  from reversals v
  join billed b on b.settlement_id = v.reversed_settlement_id
  left join undone u on u.settlement_id = v.reversed_settlement_id
  where v.turn = 1 and not v.of_reversal and b.amount + coalesce(u.amount, 0) <> 0
)
select
  cast(happened_at as date) as occurred_on, institution_id, person_id, ref_table, ref_id, column_name, value, amount,
  case fault
    when 'alone' then '找不到所冲的原记录'
    when 'of_reversal' then '所冲的记录本身就是冲销记录'
    when 'of_other' then '原记录属于另一人或另一机构'
    when 'early' then '早于原记录'
    when 'too_much' then '合计超过原记录'
    when 'uneven' then '数量与金额没有同时退完'
    when 'again' then '同一结算已被冲正过'
    when 'partial' then '冲正金额小于原结算'
    when 'lines_left' then '结算已冲正，明细没有全部退回'
  end as note_zh,
  case fault
    when 'alone' then 'the original is not found'
    when 'of_reversal' then 'the original is itself a reversal'
    when 'of_other' then 'the original is of another person or institution'
    when 'early' then 'before the original'
    when 'too_much' then 'more in all than the original'
    when 'uneven' then 'refunded in full by quantity or by amount, not by both'
    when 'again' then 'the settlement was reversed before'
    when 'partial' then 'less than the original'
    when 'lines_left' then 'reversed, but its lines are not all refunded'
  end as note_en
from faults
