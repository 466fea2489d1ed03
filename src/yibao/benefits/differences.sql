with first_cause as (
  select settlement_id, min_by(cause, case cause when 'place_ignored' then 0 when 'status_ignored' then 1 else 2 end)
    as cause
  from hypothesis
  group by settlement_id
),
joined as (
  select
    b.*, d.policy_id, d.year as policy_year, d.benefit, d.deductible_amount as plain_deductible, d.above_cap_amount,
    d.eligible_amount as plain_eligible, w.eligible_amount as due_eligible, h.cause as tried
  from bill b
  join on_books d on d.settlement_id = b.settlement_id
  join due w on w.settlement_id = b.settlement_id
  left join first_cause h on h.settlement_id = b.settlement_id
),
layered as (
/* layers */
),
told as (
  select
    *,
    coalesce(bool_or(paid <> plain) over (
      partition by person_id, policy_year order by ordered_at, settlement_id, turn
      rows between unbounded preceding and 1 preceding
    ), false) as upstream
  from layered
),
named as (
  select
    *,
    case
      when paid = plain then null
      when tried is not null then tried
      when benefit is null then 'no_benefit'
      when layer = 'basic' and paid = 0 and booked_deductible = 0 then 'not_paid'
      when layer = 'basic' and booked_deductible <> plain_deductible then 'deductible'
      when layer = 'basic' and above_cap_amount <> 0 and abs(paid) > abs(plain) then 'limit'
      when paid = 0 then 'not_paid'
      when plain = 0 then 'not_due'
      when layer <> 'basic' and upstream then 'follows'
      else 'rate'
    end as cause
  from told
),
-- What a deductible changes, at the mean rate of what lies above it; what is left of the difference is the rate's.
parted as (
  select
    *,
    case
      when cause <> 'deductible' then paid - plain
      when abs(plain_eligible) <= abs(plain_deductible) then paid - plain
      else cast(
        sign(plain_deductible - booked_deductible) * (
          (2 * cast(abs(plain_deductible - booked_deductible) as hugeint) * abs(plain) + abs(plain_eligible - plain_deductible))
          // (2 * abs(plain_eligible - plain_deductible))
        ) as bigint)
    end as own
  from named
),
causes as (
  select *, cause as said, own as amount from parted where cause is not null and own <> 0
  union all
  select *, case when above_cap_amount <> 0 and abs(paid) > abs(plain) then 'limit' else 'rate' end as said,
    paid - plain - own as amount
  from parted
  where cause = 'deductible' and paid - plain <> own
  union all
  select *, 'catalogue' as said, plain - owed as amount from parted where plain <> owed
)
select
  settlement_id, layer, said as cause, person_id, institution_id, policy_id, scheme, settled_at,
  case said when 'deductible' then booked_deductible when 'catalogue' then plain_eligible else paid end as booked_value,
  case said when 'deductible' then plain_deductible when 'catalogue' then due_eligible else plain end as due_value,
  cast(amount as bigint) as difference_amount
from causes
order by settlement_id, layer, said
