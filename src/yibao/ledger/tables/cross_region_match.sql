-- A side that one level reports and the level above it reports again counts once.
with side as (
  select
    side, settlement_id, person_id, institution_id, insured_region, care_region, settled_at,
    cast(coalesce(admitted_at, settled_at) as date) as came_on, total_amount, coalesce(fund_amount, 0) as fund_amount
  from cross_region_bill
  qualify row_number() over (partition by side, settlement_id order by reported_by) = 1
),
by_id as (
  select i.settlement_id as insured_id, c.settlement_id as care_id
  from side i
  join side c on c.settlement_id = i.settlement_id
  where i.side = 'insured' and c.side = 'care'
),
-- Systems that number for themselves: the same person, place, day and amounts, the first with the first.
loose as (
  select
    s.side, s.settlement_id, s.person_id, s.institution_id, s.came_on, s.total_amount, s.fund_amount,
    row_number() over (
      partition by s.side, s.person_id, s.institution_id, s.came_on, s.total_amount, s.fund_amount
      order by s.settled_at, s.settlement_id
    ) as turn
  from side s
  where s.settlement_id not in (select insured_id from by_id)
),
paired as (
  select insured_id, care_id from by_id
  union all
  select i.settlement_id, c.settlement_id
  from loose i
  join loose c
    on c.person_id = i.person_id and c.institution_id = i.institution_id and c.came_on = i.came_on
    and c.total_amount = i.total_amount and c.fund_amount = i.fund_amount and c.turn = i.turn
  where i.side = 'insured' and c.side = 'care'
),
alone as (
  select l.side, l.settlement_id
  from loose l
  left join paired p on p.insured_id = case when l.side = 'insured' then l.settlement_id end
  left join paired q on q.care_id = case when l.side = 'care' then l.settlement_id end
  where p.insured_id is null and q.care_id is null
),
-- How far the regions below each reporter have been reported; nothing is missed that was not due.
reported as (
  select a.region_code, max(b.settled_at) as until
  from cross_region_bill b
  join region_path a on a.ancestor_code = b.reported_by
  group by a.region_code
),
pair as (
  select insured_id, care_id from paired
  union all
  select case when side = 'insured' then settlement_id end, case when side = 'care' then settlement_id end from alone
)
select
  coalesce(p.insured_id, p.care_id) || case when p.insured_id is null then '|care' else '' end as match_id,
  case
    when i.settlement_id is not null and c.settlement_id is not null then
      case
        when i.total_amount <> c.total_amount or i.fund_amount <> c.fund_amount then 'amount_differs'
        when i.settlement_id <> c.settlement_id then 'other_id'
        else 'matched'
      end
    when i.settlement_id is not null then
      case when there.until >= i.settled_at then 'only_insured' else 'awaited' end
    else case when home.until >= c.settled_at then 'only_care' else 'awaited' end
  end as outcome,
  p.insured_id as insured_settlement_id, p.care_id as care_settlement_id,
  coalesce(i.person_id, c.person_id) as person_id, coalesce(i.institution_id, c.institution_id) as institution_id,
  coalesce(i.insured_region, c.insured_region) as insured_region,
  coalesce(c.care_region, i.care_region) as care_region,
  coalesce(i.settled_at, c.settled_at) as settled_at,
  coalesce(i.total_amount, c.total_amount) as total_amount, coalesce(i.fund_amount, c.fund_amount) as fund_amount,
  coalesce(i.total_amount, 0) - coalesce(c.total_amount, 0) as total_difference,
  coalesce(i.fund_amount, 0) - coalesce(c.fund_amount, 0) as fund_difference
from pair p
left join side i on i.side = 'insured' and i.settlement_id = p.insured_id
left join side c on c.side = 'care' and c.settlement_id = p.care_id
left join reported there on there.region_code = i.care_region
left join reported home on home.region_code = c.insured_region
