-- Persons by where they live, and the care they had: stays, bills outside their region, cost and fund money.
with care as (
    select
        s.person_id,
        cast(sum(case when s.kind in ('21', '22', '23', '24', '52') and s.reversed_settlement_id is null then 1 else 0 end)
            as bigint) as stays,
        cast(sum(case when s.kind in ('21', '22', '23', '24', '52') and s.reversed_settlement_id is null
            and substr(i.region_code, 1, 4) <> substr(s.insured_region, 1, 4) then 1 else 0 end) as bigint) as stays_away,
        cast(sum(s.total_amount) as bigint) as total_amount,
        cast(sum(s.eligible_amount) as bigint) as eligible_amount,
        cast(sum(s.fund_amount) as bigint) as fund_amount
    from settlement as s
    left join institution as i on i.institution_id = s.institution_id
    group by s.person_id
)
select
    p.region_code,
    cast(count(*) as bigint) as persons,
    cast(coalesce(sum(c.stays), 0) as bigint) as stays,
    cast(coalesce(sum(c.stays_away), 0) as bigint) as stays_away,
    cast(coalesce(sum(c.total_amount), 0) as bigint) as total_amount,
    cast(coalesce(sum(c.eligible_amount), 0) as bigint) as eligible_amount,
    cast(coalesce(sum(c.fund_amount), 0) as bigint) as fund_amount
from person as p
left join care as c on c.person_id = p.person_id
-- Who died while the data run had care too: without him a region's stays would be fewer here than everywhere else.
where p.death_date is null or p.death_date >= (select cast(min(settled_at) as date) from settlement)
group by p.region_code
