with decisions as (
  select kind, from_system, institution_id, from_code, from_name, to_system, to_code, to_name, status, decided_by,
    decided_at,
    row_number() over (
      partition by kind, from_system, coalesce(institution_id, ''), from_code, to_system
      order by recorded_at, batch_id, decided_at, status desc, to_code
    ) as place
  from code_map
  where status <> 'suggested'
),
last_confirmed as (
  select kind, from_system, institution_id, from_code, from_name, to_system, to_code, to_name, decided_by, decided_at,
    place
  from decisions
  where status = 'confirmed'
  qualify row_number() over (
    partition by kind, from_system, coalesce(institution_id, ''), from_code, to_system order by place desc
  ) = 1
)
select c.kind, c.from_system, c.institution_id, c.from_code, c.from_name, c.to_system, c.to_code, c.to_name,
  c.decided_by, c.decided_at
from last_confirmed c
where not exists (
  select 1
  from decisions r
  where r.status = 'rejected'
    and r.kind = c.kind
    and r.from_system = c.from_system
    and coalesce(r.institution_id, '') = coalesce(c.institution_id, '')
    and r.from_code = c.from_code
    and r.to_system = c.to_system
    and r.place > c.place
    and (r.to_code is null or r.to_code = c.to_code)
)
