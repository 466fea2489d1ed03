-- What a month's care of insured persons came to by region and scheme, by the month of settlement: stays and their parts,
-- all fund money, and how much of both was outside the insured region's pool. Reversals are negative.
with bill as (
    select
        coalesce(s.insured_region, '?') as region_code, coalesce(s.scheme, '?') as scheme,
        cast(date_trunc('month', s.settled_at) as date) as month,
        case when s.kind in ('21', '22', '23', '24', '52') then 1 else 0 end as stay,
        case when r.crossing in ('same_province', 'cross_province') then 1 else 0 end as away,
        case when s.reversed_settlement_id is null then 1 else -1 end as sign,
        s.total_amount, coalesce(s.eligible_amount, 0) as eligible_amount, coalesce(s.fund_amount, 0) as fund_amount,
        coalesce(s.person_amount, 0) as person_amount, coalesce(s.not_covered_amount, 0) as not_covered_amount
    from settlement as s
    left join encounter_region as r on r.encounter_id = s.encounter_id
)
select
    region_code, scheme, month,
    cast(sum(sign) as bigint) as bills,
    cast(sum(away * sign) as bigint) as bills_away,
    cast(sum(stay * sign) as bigint) as stays,
    cast(sum(stay * away * sign) as bigint) as stays_away,
    cast(sum(stay * total_amount) as bigint) as stay_total,
    cast(sum(stay * eligible_amount) as bigint) as stay_eligible,
    cast(sum(stay * fund_amount) as bigint) as stay_fund,
    cast(sum(stay * person_amount) as bigint) as stay_person,
    cast(sum(stay * not_covered_amount) as bigint) as stay_not_covered,
    cast(sum(fund_amount) as bigint) as fund,
    cast(sum(away * fund_amount) as bigint) as fund_away
from bill
group by region_code, scheme, month
