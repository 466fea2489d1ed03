-- Findings that no exemption covers, by law, institution and month.
select
    f.law_id,
    f.institution_id,
    max(f.result) as result,
    cast(date_trunc('month', f.occurred_at) as date) as month,
    cast(count(*) as bigint) as findings,
    cast(count(distinct f.person_id) as bigint) as persons,
    cast(sum(f.amount) as bigint) as amount,
    cast(sum(f.fund_amount) as bigint) as fund_amount
from finding as f
where f.exempted_by is null
group by f.law_id, f.institution_id, cast(date_trunc('month', f.occurred_at) as date)
