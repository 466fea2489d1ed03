-- One row for each institution: bills and persons, stays and their days; sums are net of reversals.
with bills as (
    select
        s.institution_id,
        cast(sum(case when s.reversed_settlement_id is null then 1 else -1 end) as bigint) as bills,
        cast(count(distinct s.person_id) as bigint) as persons,
        cast(sum(s.total_amount) as bigint) as total_amount,
        cast(sum(s.fund_amount) as bigint) as fund_amount,
        cast(sum(s.person_amount) as bigint) as person_amount,
        cast(sum(case when s.kind in ('21', '22', '23', '24', '52') then s.total_amount else 0 end) as bigint)
            as stay_amount
    from settlement as s
    group by s.institution_id
),
stays as (
    select
        e.institution_id,
        cast(count(*) as bigint) as stays,
        cast(sum(date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date))) as bigint) as days
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
    group by e.institution_id
)
select
    b.institution_id, b.bills, b.persons, b.total_amount, b.fund_amount, b.person_amount, b.stay_amount,
    coalesce(s.stays, 0) as stays, coalesce(s.days, 0) as days
from bills as b left join stays as s on s.institution_id = b.institution_id
