with shares as (
  select
    table_name, column_name, institution_id, max(case when is_new then last_day end) as last_day,
    cast(sum(case when is_new then row_count else 0 end) as bigint) as new_rows,
    cast(sum(case when is_new and code is null then row_count else 0 end) as bigint) as new_empty,
    cast(sum(case when is_new and code is null then amount else 0 end) as bigint) as new_amount,
    cast(sum(case when not is_new then row_count else 0 end) as bigint) as old_rows,
    cast(sum(case when not is_new and code is null then row_count else 0 end) as bigint) as old_empty
  from batch_profile
  where column_name <> '' and institution_id is not null and regexp_matches(table_name || '.' || column_name, $columns)
  group by table_name, column_name, institution_id
),
measured as (
  select table_name, column_name, institution_id, last_day, new_empty, new_amount,
    new_empty * 1000000 // new_rows as new_ppm, old_empty * 1000000 // old_rows as old_ppm
  from shares
  where new_rows >= $fewest_rows and old_rows >= $fewest_rows
)
select
  last_day as occurred_on, institution_id, cast(null as varchar) as person_id, table_name as ref_table,
  institution_id as ref_id, column_name, cast(new_ppm // 10000 as varchar) || ' %' as value, new_amount as amount,
  new_empty as row_count,
  '为空的比例由 ' || cast(old_ppm // 10000 as varchar) || ' % 升到 ' || cast(new_ppm // 10000 as varchar) || ' %' as note_zh,
  'left empty in ' || cast(new_ppm // 10000 as varchar) || ' % of the rows, before in ' || cast(old_ppm // 10000 as varchar)
    || ' %' as note_en
from measured
where new_ppm - old_ppm >= $rise_ppm
