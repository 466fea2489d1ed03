-- Bills by institution, scheme, kind of care, insured region and month: reversals are negative records, so sums are net.
select
    s.institution_id,
    s.scheme,
    s.insured_region,
    case when s.kind in ('21', '22', '23', '24', '52') then 'inpatient'
         when s.kind = '41' then 'pharmacy' else 'outpatient' end as care,
    cast(date_trunc('month', s.settled_at) as date) as month,
    cast(sum(case when s.reversed_settlement_id is null then 1 else -1 end) as bigint) as settlements,
    cast(sum(s.total_amount) as bigint) as total_amount,
    cast(sum(s.eligible_amount) as bigint) as eligible_amount,
    cast(sum(s.fund_amount) as bigint) as fund_amount,
    cast(sum(s.basic_fund_amount) as bigint) as basic_fund_amount,
    cast(sum(s.person_amount) as bigint) as person_amount
from settlement as s
group by 1, 2, 3, 4, 5
