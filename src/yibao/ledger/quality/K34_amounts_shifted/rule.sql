-- Quantiles by counting: of n amounts the q-th percentile is the one at place ceil(n * q / 100). Equal amounts are counted
-- first, so that few rows are sorted.
with newest as (
  select distinct table_name, batch_id
  from batch_profile
  where column_name = ''
),
counted as (
  select
    'settlement' as table_name, 'total_amount' as column_name,
    case when s.kind in ('21', '22', '23', '24', '52') then 'inpatient' else 'outpatient' end as part, s.institution_id,
    s.batch_id = n.batch_id as is_new, s.total_amount as amount, count(*) as row_count,
    max(cast(s.settled_at as date)) as last_day
  from settlement s
  join newest n on n.table_name = 'settlement'
  where s.reversed_settlement_id is null and regexp_matches('settlement.total_amount', $columns)
  group by 3, 4, 5, 6
  union all
  select
    'charge_line', 'amount', 'line', c.institution_id, c.batch_id = n.batch_id, c.amount, count(*),
    max(cast(c.charged_at as date))
  from charge_line c
  join newest n on n.table_name = 'charge_line'
  where c.reversed_line_id is null and regexp_matches('charge_line.amount', $columns)
  group by 4, 5, 6
),
placed as (
  select
    table_name, column_name, part, institution_id, is_new, amount, row_count, last_day,
    cast(sum(row_count) over (
      partition by table_name, column_name, part, institution_id, is_new order by amount
      rows between unbounded preceding and current row
    ) as bigint) as place,
    cast(sum(row_count) over (partition by table_name, column_name, part, institution_id, is_new) as bigint) as total
  from counted
),
levels as (
  select
    table_name, column_name, part, institution_id, is_new, max(total) as row_count, max(last_day) as last_day,
    cast(sum(amount * row_count) as bigint) as amount, min(case when place >= (total * 50 + 99) // 100 then amount end) as p50,
    min(case when place >= (total * 90 + 99) // 100 then amount end) as p90
  from placed
  group by table_name, column_name, part, institution_id, is_new
),
compared as (
  select
    n.table_name, n.column_name, n.part, n.institution_id, n.row_count, n.last_day, n.amount,
    n.p50 * 100 // o.p50 as p50_percent, n.p90 * 100 // o.p90 as p90_percent,
    (n.amount // n.row_count) * 100 // (o.amount // o.row_count) as mean_percent
  from levels n
  join levels o
    on o.table_name = n.table_name and o.column_name = n.column_name and o.part = n.part
    and o.institution_id = n.institution_id
  where n.is_new and not o.is_new and n.row_count >= $fewest_rows and o.row_count >= $fewest_rows
    and o.p50 > 0 and o.p90 > 0 and o.amount // o.row_count > 0
)
select
  last_day as occurred_on, institution_id, cast(null as varchar) as person_id, table_name as ref_table,
  institution_id || '|' || part as ref_id, column_name, cast(p50_percent as varchar) || ' %' as value, amount, row_count,
  case part when 'inpatient' then '住院结算' when 'outpatient' then '门诊结算' else '费用明细' end
    || '金额相当于以往的：中位数 ' || cast(p50_percent as varchar) || ' %，90 分位 ' || cast(p90_percent as varchar)
    || ' %，均值 ' || cast(mean_percent as varchar) || ' %' as note_zh,
  case part when 'inpatient' then 'inpatient bills' when 'outpatient' then 'outpatient bills' else 'charge lines' end
    || ' against before: median ' || cast(p50_percent as varchar) || ' %, ninth decile ' || cast(p90_percent as varchar)
    || ' %, mean ' || cast(mean_percent as varchar) || ' %' as note_en
from compared
where least(p50_percent, p90_percent, mean_percent) < $low_percent
  or greatest(p50_percent, p90_percent, mean_percent) > $high_percent
