-- Codes of $code_kind that no list held on the day, by institution, table and month: the costliest $first stand alone, the
-- others are one issue together. Where no list of the kind is loaded at all, that is one gap for each table.
with listed as (
  select code
  from (
    select 'item' as kind, item_code as code from catalogue_item
    union
    select 'diagnosis', code from code_diagnosis
    union
    select 'procedure', code from code_procedure
  ) as lists
  where kind = $code_kind
),
loaded as (
  select count(*) as codes
  from listed
),
missing as (
  select
    u.table_name, u.column_name, case when l.codes > 0 then u.institution_id end as institution_id,
    case when l.codes > 0 then u.month end as month, case when l.codes > 0 then u.code else '*' end as code,
    min(u.first_ref) as ref_id, min(u.first_day) as occurred_on, cast(sum(u.row_count) as bigint) as row_count,
    cast(sum(u.amount) as bigint) as amount, count(n.code) > 0 as is_known
  from code_use u
  cross join loaded l
  left join listed n on n.code = u.code
  where u.kind = $code_kind and not u.is_in_force
  group by 1, 2, 3, 4, 5
),
ranked as (
  select
    table_name, column_name, institution_id, month, code, ref_id, occurred_on, row_count, amount, is_known,
    row_number() over (
      partition by table_name, institution_id, month order by amount desc, row_count desc, code
    ) as place
  from missing
)
select
  min(occurred_on) as occurred_on, institution_id, cast(null as varchar) as person_id,
  table_name as ref_table, min(ref_id) as ref_id, column_name,
  case when min(code) = max(code) then min(code) else min(code) || ' …' end as value,
  cast(sum(amount) as bigint) as amount, cast(sum(row_count) as bigint) as row_count,
  case
    when min(code) = '*' then '账本中没有此类编码表'
    when min(code) <> max(code) then '另有 ' || cast(count(*) as varchar) || ' 个编码'
    when bool_or(is_known) then '编码表中有此编码，但当日未生效或已失效'
    else '任何编码表中都没有此编码'
  end as note_zh,
  case
    when min(code) = '*' then 'the ledger has no list of such codes'
    when min(code) <> max(code) then cast(count(*) as varchar) || ' further codes'
    when bool_or(is_known) then 'a list has the code, but not for that day'
    else 'no list has the code'
  end as note_en
from ranked
group by table_name, column_name, institution_id, month, least(place, $first + 1)
