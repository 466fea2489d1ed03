-- What is known of every code in use: it is in the national list, a person confirmed its map, it has a suggestion only,
-- it was in the list at another time, or nothing is known. The map of the institution goes before that of all.
with stated as (
  select distinct from_system, institution_id, from_code
  from code_map
  where kind = $kind and to_system = $edition and status = 'suggested'
)
select
  u.institution_id, u.month, u.from_system, u.code, u.name, u.row_count, u.money, u.valid,
  case
    when u.valid then 'national'
    when coalesce(own.to_code, every.to_code) is not null then 'mapped'
    when s.from_code is not null or t.from_code is not null then 'suggested'
    when u.listed then 'expired'
    else 'unknown'
  end as state,
  case when not u.valid then coalesce(own.to_code, every.to_code) end as mapped_to
from uses u
left join code_in_force own
  on own.kind = $kind and own.to_system = $edition and own.from_system = u.from_system and own.from_code = u.code
  and own.institution_id = u.institution_id
left join code_in_force every
  on every.kind = $kind and every.to_system = $edition and every.from_system = u.from_system
  and every.from_code = u.code and every.institution_id is null
left join stated s
  on s.from_system = u.from_system and s.from_code = u.code and s.institution_id = u.institution_id
left join stated t
  on t.from_system = u.from_system and t.from_code = u.code and t.institution_id is null
