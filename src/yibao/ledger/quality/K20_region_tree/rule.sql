-- One fault per region: the first that applies, because the others follow from it.
with node as (
  select
    r.region_code, r.parent_code, r.pool_code,
    case r.level when 'nation' then 1 when 'province' then 2 when 'city' then 3 else 4 end as rank,
    count(*) over (partition by r.region_code) as parents
  from region r
),
top as (
  select count(*) as roots from node where parent_code is null
),
fault as (
  select
    n.region_code, n.parent_code,
    case
      when n.parents > 1 then 'two_parents'
      when n.parent_code is null and top.roots > 1 then 'several_roots'
      when n.parent_code is not null and p.region_code is null then 'missing_parent'
      when n.parent_code = n.region_code or g.region_code is not null then 'circle'
      when p.rank >= n.rank then 'level_order'
    end as value
  from node n
  cross join top
  left join node p on p.region_code = n.parent_code
  left join region_path g
    on g.region_code = n.parent_code and g.ancestor_code = n.region_code and n.parent_code <> n.region_code
)
select
  cast(null as date) as occurred_on, cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
  'region' as ref_table, region_code as ref_id, 'parent_code' as column_name, min(value) as value,
  cast(null as bigint) as amount
from fault
where value is not null
group by region_code
union all
select
  cast(null as date), cast(null as varchar), cast(null as varchar), 'region', n.region_code, 'pool_code',
  'pool_not_above', cast(null as bigint)
from node n
left join region_path a on a.region_code = n.region_code and a.ancestor_code = n.pool_code
where n.pool_code is not null and a.region_code is null
group by n.region_code
