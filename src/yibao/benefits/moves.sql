with turns as (
  select
    b.settlement_id, b.person_id, d.year, b.settled_at, b.ordered_at, b.scheme, b.insured_region, b.policy,
    lag(b.policy) over w as from_policy, lag(b.scheme) over w as from_scheme,
    lag(b.insured_region) over w as from_region, lag(d.year) over w as from_year
  from bill b
  join due d on d.settlement_id = b.settlement_id
  window w as (partition by b.person_id order by b.ordered_at, b.settlement_id)
)
select
  t.settlement_id, t.person_id, t.year, t.settled_at,
  case when t.scheme = t.from_scheme then 'region' when t.insured_region = t.from_region then 'scheme' else 'both' end
    as kind,
  t.from_policy, t.policy as to_policy, c.carried, c.restarted
from turns t
join carries c
  on c.policy = t.policy
  and c.kind = case
    when t.scheme = t.from_scheme then 'region' when t.insured_region = t.from_region then 'scheme' else 'both'
  end
where t.year = t.from_year and (t.scheme <> t.from_scheme or t.insured_region <> t.from_region)
order by t.person_id, t.settled_at, t.settlement_id
