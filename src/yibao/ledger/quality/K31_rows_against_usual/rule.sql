-- The month so far counts, from whichever batch; only months that the newest batch delivers are judged.
with monthly as (
  select table_name, institution_id, month, is_new, cast(sum(row_count) as bigint) as row_count,
    cast(sum(amount) as bigint) as amount, max(last_day) as last_day
  from batch_profile
  where column_name = '' and month is not null and institution_id is not null and regexp_matches(table_name, $columns)
  group by table_name, institution_id, month, is_new
),
delivered as (
  select table_name, month, cast(sum(row_count) as bigint) as row_count
  from monthly
  where is_new
  group by table_name, month
),
judged as (
  select table_name, month
  from delivered
  qualify row_count * 100 >= $month_percent * cast(sum(row_count) over (partition by table_name) as bigint)
),
earlier as (
  select m.table_name, m.institution_id, m.row_count,
    row_number() over (partition by m.table_name, m.institution_id order by m.row_count, m.month) as place,
    count(*) over (partition by m.table_name, m.institution_id) as months
  from monthly m
  where not m.is_new
    and not exists (select 1 from judged j where j.table_name = m.table_name and j.month = m.month)
),
usual as (
  select table_name, institution_id, row_count, months
  from earlier
  where place = (months + 1) // 2 and months >= $fewest_months and row_count >= $fewest_rows
),
found as (
  select
    u.table_name, u.institution_id, j.month, u.row_count as usual_rows,
    coalesce(cast(sum(m.row_count) as bigint), 0) as row_count, coalesce(cast(sum(m.amount) as bigint), 0) as amount,
    max(m.last_day) as last_day
  from usual u
  join judged j on j.table_name = u.table_name
  left join monthly m
    on m.table_name = u.table_name and m.institution_id = u.institution_id and m.month = j.month
  group by u.table_name, u.institution_id, j.month, u.row_count
)
select
  month as occurred_on, institution_id, cast(null as varchar) as person_id, table_name as ref_table,
  institution_id || '|' || substr(cast(month as varchar), 1, 7) as ref_id, 'month' as column_name,
  cast(row_count as varchar) as value, amount, greatest(row_count, 1) as row_count,
  substr(cast(month as varchar), 1, 7) || ' 共 ' || cast(row_count as varchar) || ' 行，以往每月中位数 '
    || cast(usual_rows as varchar) || ' 行' || coalesce('，最后一天 ' || cast(last_day as varchar), '') as note_zh,
  cast(row_count as varchar) || ' rows in ' || substr(cast(month as varchar), 1, 7) || ', usually '
    || cast(usual_rows as varchar) || coalesce(', the last of ' || cast(last_day as varchar), '') as note_en
from found
where row_count * 100 < usual_rows * $low_percent or row_count * 100 > usual_rows * $high_percent
