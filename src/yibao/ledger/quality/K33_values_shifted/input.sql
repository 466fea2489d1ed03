select
  table_name, column_name, institution_id, coalesce(code, '') as code,
  cast(sum(case when is_new then row_count else 0 end) as bigint) as new_rows,
  cast(sum(case when is_new then 0 else row_count end) as bigint) as old_rows,
  cast(sum(case when is_new then coalesce(amount, 0) else 0 end) as bigint) as new_amount,
  max(case when is_new then last_day end) as last_day
from batch_profile
where column_name <> '' and institution_id is not null and regexp_matches(table_name || '.' || column_name, $columns)
group by table_name, column_name, institution_id, coalesce(code, '')
