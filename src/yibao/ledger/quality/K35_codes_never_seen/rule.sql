with used as (
  select table_name, column_name, institution_id, code, is_new, row_count, amount, last_day
  from batch_profile
  where column_name <> '' and institution_id is not null and regexp_matches(table_name || '.' || column_name, $columns)
),
seen as (
  select distinct table_name, column_name, code
  from used
  where not is_new and code is not null
),
before as (
  select table_name, column_name, cast(sum(row_count) as bigint) as row_count
  from used
  where not is_new and code is not null
  group by table_name, column_name
),
fresh as (
  select u.table_name, u.column_name, u.institution_id, u.code, u.row_count, u.amount, u.last_day,
    row_number() over (
      partition by u.table_name, u.column_name, u.institution_id order by u.row_count desc, u.code
    ) as place
  from used u
  join before b on b.table_name = u.table_name and b.column_name = u.column_name
  where u.is_new and u.code is not null and b.row_count >= $fewest_rows
    and not exists (
      select 1 from seen s where s.table_name = u.table_name and s.column_name = u.column_name and s.code = u.code
    )
),
totals as (
  select table_name, column_name, institution_id, cast(sum(row_count) as bigint) as row_count
  from used
  where is_new
  group by table_name, column_name, institution_id
),
found as (
  select f.table_name, f.column_name, f.institution_id, count(*) as codes, cast(sum(f.row_count) as bigint) as row_count,
    cast(sum(f.amount) as bigint) as amount, max(f.last_day) as last_day, min(case when f.place = 1 then f.code end) as code
  from fresh f
  group by f.table_name, f.column_name, f.institution_id
)
select
  f.last_day as occurred_on, f.institution_id, cast(null as varchar) as person_id, f.table_name as ref_table,
  f.institution_id as ref_id, f.column_name, f.code as value, f.amount, f.row_count,
  cast(f.codes as varchar) || ' 个从未用过的取值，共 ' || cast(f.row_count as varchar) || ' 行，最多的是 ' || f.code as note_zh,
  cast(f.codes as varchar) || ' new values in ' || cast(f.row_count as varchar) || ' rows, most often ' || f.code as note_en
from found f
join totals t
  on t.table_name = f.table_name and t.column_name = f.column_name and t.institution_id = f.institution_id
where t.row_count >= $fewest_rows and f.row_count * 1000000 >= t.row_count * $share_ppm
