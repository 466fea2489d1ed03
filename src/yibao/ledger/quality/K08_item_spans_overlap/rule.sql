-- A law that asks for the rule of a day would count a charge twice, or take whichever rule it meets. The later span is
-- told, since it is the one that came into a catalogue which already had a rule for the day.
with spans as (
  select
    item_code, valid_from,
    max(coalesce(valid_to, date '9999-12-31')) over (
      partition by item_code order by valid_from rows between unbounded preceding and 1 preceding
    ) as covered_until
  from catalogue_item
)
select
  s.valid_from as occurred_on, cast(null as varchar) as institution_id, cast(null as varchar) as person_id,
  'catalogue_item' as ref_table, s.item_code || '|' || cast(s.valid_from as varchar) as ref_id,
  'valid_from' as column_name, cast(s.valid_from as varchar) as value, cast(null as bigint) as amount
from spans s
where s.valid_from < s.covered_until
