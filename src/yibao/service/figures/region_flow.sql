-- Where insured persons live and where they had care: stays and other bills, cost and fund money net of withdrawals.
select
    p.region_code as home,
    coalesce(i.region_code, '?') as place,
    cast(sum(case when s.kind in ('21', '22', '23', '24', '52') and s.reversed_settlement_id is null then 1 else 0 end)
        as bigint) as stays,
    cast(sum(case when s.kind not in ('21', '22', '23', '24', '52') and s.reversed_settlement_id is null then 1 else 0 end)
        as bigint) as visits,
    cast(sum(s.total_amount) as bigint) as total_amount,
    cast(sum(s.fund_amount) as bigint) as fund_amount,
    cast(sum(case when s.kind in ('21', '22', '23', '24', '52') then s.fund_amount else 0 end) as bigint) as stay_fund
from settlement as s
inner join person as p on p.person_id = s.person_id
left join institution as i on i.institution_id = s.institution_id
group by p.region_code, coalesce(i.region_code, '?')
