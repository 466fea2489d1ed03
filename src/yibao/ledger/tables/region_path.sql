-- A faulty tree (a circle, two parents) stays bounded and gives each pair once: K20 names the fault.
with step as (
  select
    r.region_code, r.parent_code as parent, p.parent_code as grandparent, g.parent_code as great_grandparent
  from region r
  left join region p on p.region_code = r.parent_code
  left join region g on g.region_code = p.parent_code
),
reach as (
  select region_code, region_code as ancestor_code, 0 as distance from step
  union all
  select region_code, parent, 1 from step where parent is not null
  union all
  select region_code, grandparent, 2 from step where grandparent is not null
  union all
  select region_code, great_grandparent, 3 from step where great_grandparent is not null
)
select
  reach.region_code, reach.ancestor_code, min(a.level) as level, cast(min(reach.distance) as bigint) as distance
from reach
join region a on a.region_code = reach.ancestor_code
group by reach.region_code, reach.ancestor_code
