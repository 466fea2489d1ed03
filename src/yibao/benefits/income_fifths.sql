-- Fifths of persons by income per head of their household; whoever has the same income is in the same fifth, so that a
-- household is in one.
select
  p.person_id, p.household_id, h.yearly_income,
  cast(least(5, (rank() over (order by h.yearly_income // h.size) - 1) * 5 // count(*) over () + 1) as varchar)
    as income_group
from person p
join household h on h.household_id = p.household_id
where h.yearly_income is not null and h.size > 0
