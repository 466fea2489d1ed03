-- Item codes as they are charged: an institution's own code where it sends one, else the code it sends as national.
select
  l.institution_id, cast(date_trunc('month', l.charged_at) as date) as month, 'local' as from_system,
  coalesce(l.local_code, l.item_code) as code, l.item_name as name, l.list_type, l.charge_type,
  exists (select 1 from catalogue_item c where c.item_code = l.item_code) as listed,
  exists (
    select 1 from catalogue_item c
    where c.item_code = l.item_code
      and c.valid_from <= cast(l.charged_at as date)
      and (c.valid_to is null or c.valid_to > cast(l.charged_at as date))
  ) as valid,
  count(*) as row_count, cast(sum(l.amount) as bigint) as money, cast(sum(l.quantity) as bigint) as quantity,
  cast(null as bigint) as male, cast(null as bigint) as female,
  cast(null as bigint) as youngest, cast(null as bigint) as oldest, cast(0 as bigint) as mains
from charge_line l
group by 1, 2, 3, 4, 5, 6, 7, 8, 9
