-- What the public may be told of a month: bills by insured region, scheme and kind of care. Reversals are negative.
-- A stay counts in the month of its settlement; `away` are stays outside the insured region's pool.
with bill as (
    select
        s.settlement_id, s.encounter_id, coalesce(s.insured_region, '?') as region_code, s.scheme,
        case when s.kind in ('21', '22', '23', '24', '52') then 'stay' when s.kind = '41' then 'pharmacy' else 'visit' end as care,
        cast(date_trunc('month', s.settled_at) as date) as month,
        case when s.reversed_settlement_id is null then 1 else -1 end as sign,
        s.total_amount, coalesce(s.eligible_amount, 0) as eligible_amount, coalesce(s.fund_amount, 0) as fund_amount,
        coalesce(s.person_amount, 0) as person_amount, coalesce(s.not_covered_amount, 0) as not_covered_amount
    from settlement as s
)
select
    b.region_code, b.scheme, b.care, b.month,
    cast(sum(b.sign) as bigint) as bills,
    cast(sum(b.total_amount) as bigint) as total_amount, cast(sum(b.eligible_amount) as bigint) as eligible_amount,
    cast(sum(b.fund_amount) as bigint) as fund_amount, cast(sum(b.person_amount) as bigint) as person_amount,
    cast(sum(b.not_covered_amount) as bigint) as not_covered_amount,
    -- Squares are of whole yuan, so that they stay within 64 bits.
    cast(sum(b.sign * (b.total_amount // 100) * (b.total_amount // 100)) as bigint) as total_squared,
    cast(sum(
        b.sign * case when b.care = 'stay' and e.discharged_at is not null
            then greatest(date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date)), 1) else 0 end
    ) as bigint) as days,
    cast(sum(case when r.crossing in ('same_province', 'cross_province') then b.sign else 0 end) as bigint) as away
from bill as b
left join encounter as e on e.encounter_id = b.encounter_id
left join encounter_region as r on r.encounter_id = b.encounter_id
group by b.region_code, b.scheme, b.care, b.month
