-- What the public may be told of an institution and year: how many bills, what they cost, what patients bore.
-- `extra` is what lies above ceiling prices, `not_covered` what is outside the catalogue: both are the patient's.
select
    s.institution_id, cast(date_trunc('year', s.settled_at) as date) as year_from,
    case when s.kind in ('21', '22', '23', '24', '52') then 'stay' when s.kind = '41' then 'pharmacy' else 'visit' end as care,
    cast(sum(case when s.reversed_settlement_id is null then 1 else -1 end) as bigint) as bills,
    cast(count(distinct s.person_id) as bigint) as persons,
    cast(sum(s.total_amount) as bigint) as total_amount,
    cast(sum(coalesce(s.person_amount, 0)) as bigint) as person_amount,
    cast(sum(coalesce(s.not_covered_amount, 0)) as bigint) as not_covered_amount,
    cast(sum(coalesce(s.over_limit_amount, 0)) as bigint) as over_limit_amount
from settlement as s
group by 1, 2, 3
