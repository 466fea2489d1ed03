-- Codes without a catalogue escape every law that reads the catalogue, so their money is what the laws cannot see.
select
  max(cast(l.charged_at as date)) as occurred_on, l.institution_id, cast(null as varchar) as person_id,
  'charge_line' as ref_table, min(l.line_id) as ref_id, 'item_code' as column_name,
  l.item_code as value, cast(sum(l.amount) as bigint) as amount
from charge_line l
where l.item_code is not null
  and not exists (select 1 from catalogue_item c where c.item_code = l.item_code)
group by l.institution_id, l.item_code
