-- Share of rows and of money whose code of $code_kind a list held on the day, by institution and month. Rows stand under
-- the subject kind `institution`, fen under `institution_money`.
with counted as (
  select
    institution_id, month, cast(sum(row_count) as bigint) as rows_all,
    cast(sum(case when is_in_force then row_count else 0 end) as bigint) as rows_found,
    cast(sum(abs(amount)) as bigint) as money_all,
    cast(sum(case when is_in_force then abs(amount) else 0 end) as bigint) as money_found
  from code_use
  where kind = $code_kind and institution_id is not null and month is not null
  group by institution_id, month
),
measured as (
  select 'institution' as subject_kind, institution_id, month, rows_found as numerator, rows_all as denominator
  from counted
  union all
  select 'institution_money', institution_id, month, money_found, money_all
  from counted
  where money_all > 0
)
select
  subject_kind, institution_id as subject_id, month as period_from, cast(month + interval 1 month as date) as period_to,
  numerator, denominator, cast(null as bigint) as expected_ppm,
  round_half_up(numerator * 1000000, denominator) as value_ppm, cast(null as bigint) as lower_ppm,
  cast(null as bigint) as upper_ppm, cast(null as varchar) as note
from measured
