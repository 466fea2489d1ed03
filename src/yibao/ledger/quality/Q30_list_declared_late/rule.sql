-- Judged by the time that the list itself carries: the ledger's own time says when the bureau took the data over.
with lists as (
  select
    s.settlement_id, s.institution_id, s.person_id, s.settled_at, s.declared_at, s.fund_amount,
    cast(date_trunc('month', s.settled_at) + interval 1 month as date) as next_month,
    greatest(cast(s.settled_at as date), coalesce(cast(e.discharged_at as date), cast(s.settled_at as date))) as ready_on
  from settlement s
  left join encounter e on e.encounter_id = s.encounter_id
  where s.kind in ('21', '22', '23', '24', '52') and s.declared_at is not null and s.reversed_settlement_id is null
)
select
  cast(settled_at as date) as occurred_on, institution_id, person_id,
  'settlement' as ref_table, settlement_id as ref_id, 'declared_at' as column_name, cast(declared_at as varchar) as value,
  fund_amount as amount, cast(1 as bigint) as row_count,
  case when cast(declared_at as date) < ready_on then '早于出院或结算上传' else '超过上传期限' end as note_zh,
  case when cast(declared_at as date) < ready_on then 'uploaded before discharge or settlement' else 'uploaded late' end
    as note_en
from lists
where cast(declared_at as date) < ready_on or date_diff('day', next_month, cast(declared_at as date)) >= $deadline_day
