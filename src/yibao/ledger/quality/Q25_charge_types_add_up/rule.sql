-- A source that classifies nothing has no categories to add up; only bills that are classified in part are judged.
with classified as (
  select
    settlement_id, cast(sum(case when charge_type is not null then amount else 0 end) as bigint) as within,
    cast(sum(case when charge_type is null then amount else 0 end) as bigint) as outside
  from charge_line
  where settlement_id is not null
  group by settlement_id
  having count(charge_type) between 1 and count(*) - 1
)
select
  cast(s.settled_at as date) as occurred_on, s.institution_id, s.person_id,
  'settlement' as ref_table, s.settlement_id as ref_id, 'charge_type' as column_name,
  cast(c.within as varchar) as value, c.outside as amount
from classified c
join settlement s on s.settlement_id = c.settlement_id
where c.outside <> 0
