-- Issues of quality by institution, month, law and table.
select
    q.institution_id, q.month, q.law_id, q.table_name, max(q.severity) as severity,
    cast(sum(q.issues) as bigint) as issues,
    cast(sum(q.rows_concerned) as bigint) as rows_concerned,
    cast(max(coalesce(q.rows_checked, 0)) as bigint) as rows_checked,
    cast(sum(q.amount) as bigint) as amount
from quality_month as q
group by q.institution_id, q.month, q.law_id, q.table_name
