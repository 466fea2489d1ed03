-- Asked of every foreign key that keys.csv lists: {table} names rows of {parent} in its column {column}.
-- First the keys that are not there, over nothing but the two columns; then, if there are any, their rows.
-- Of the keys that an institution lacks in a month the most frequent $first stand alone; the others are one issue
-- together. A table that was not sent at all is one gap, not one for each institution: its key is written as *.
with held as (
  select count(*) as row_count
  from {parent}
),
gone as (
  select distinct c.{column} as missing
  from {table} c
  where c.{column} is not null
    and not exists (select 1 from {there} p where p.{key} = c.{column})
),
rows_without as (
  select {ref_id} as ref_id, case when held.row_count > 0 then {institution} end as institution_id,
    {person} as person_id, {day} as day, {amount} as amount,
    case when held.row_count > 0 then gone.missing else '*' end as missing
  from {table} c
  join gone on gone.missing = c.{column}
  cross join held
  {own_join}
),
counted as (
  select institution_id, case when missing <> '*' then date_trunc('month', day) end as month, missing,
    min(ref_id) as ref_id, min(person_id) as person_id, min(day) as occurred_on, count(*) as row_count,
    cast(sum(amount) as bigint) as amount
  from rows_without
  group by 1, 2, 3
),
ranked as (
  select institution_id, month, ref_id, person_id, occurred_on, missing, row_count, amount,
    row_number() over (partition by institution_id, month order by row_count desc, missing) as place
  from counted
)
select
  min(occurred_on) as occurred_on, institution_id,
  case when min(missing) = max(missing) then min(person_id) end as person_id,
  '{table}' as ref_table, min(ref_id) as ref_id, '{column}' as column_name,
  case when min(missing) = max(missing) then min(missing) else min(missing) || ' …' end as value,
  cast(sum(amount) as bigint) as amount, cast(sum(row_count) as bigint) as row_count,
  case
    when min(missing) = '*' then '账本中没有该表'
    when min(missing) <> max(missing) then '另有 ' || cast(count(*) as varchar) || ' 个键找不到'
  end as note_zh,
  case
    when min(missing) = '*' then 'the ledger has no row of that table'
    when min(missing) <> max(missing) then cast(count(*) as varchar) || ' further keys are not found'
  end as note_en
from ranked
group by institution_id, month, least(place, $first + 1)
