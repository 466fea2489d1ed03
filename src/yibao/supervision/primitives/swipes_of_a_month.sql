-- A pharmacy's month: how much of it is swiped at night, and how much in small sums, beside the other pharmacies.
with swipe as (
    select e.institution_id, date_trunc('month', e.admitted_at) as month_at, b.amount, b.fund_amount,
        case when extract(hour from e.admitted_at) >= 22 or extract(hour from e.admitted_at) < 6 then 1 else 0 end as night,
        case when b.amount <= $small_amount then 1 else 0 end as small
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

monthly as (
    select institution_id, month_at, count(*) as swipes,
        cast(sum(night) as bigint) as nights, cast(sum(night * amount) as bigint) as night_amount,
        cast(sum(night * fund_amount) as bigint) as night_fund,
        cast(sum(small) as bigint) * 10000 // count(*) as small_share,
        cast(sum(small * amount) as bigint) as small_amount, cast(sum(small * fund_amount) as bigint) as small_fund
    from swipe
    group by institution_id, month_at
    having count(*) >= $min_month_swipes
),

ranked as (
    select m.*,
        row_number() over (order by night_amount, institution_id, month_at) as night_rank,
        count(*) over () as months,
        count(*) over (partition by month_at) - 1 as peers,
        cast(sum(small_share) over (partition by month_at) as bigint) - small_share as peer_sum,
        cast(sum(small_share * small_share) over (partition by month_at) as bigint) - small_share * small_share
            as peer_squares
    from monthly as m
),

-- Share above the peers' mean by three of their standard deviations, the institution itself left out of both.
found as (
    select institution_id, month_at, 'night_share' as signal, nights * 10000 // swipes as value,
        night_amount as amount, night_fund as fund_amount
    from ranked
    where nights * 10000 > $night_share * swipes and nights >= $min_nights and night_rank * 100 > 99 * months
    union all
    select institution_id, month_at, 'small_share', small_share, small_amount, small_fund
    from ranked
    where peers >= $min_peers
        and small_share * peers - peer_sum > $least_difference * peers
        and (small_share * peers - peer_sum) * (small_share * peers - peer_sum)
            > 9 * (peers * peer_squares - peer_sum * peer_sum)
)

select
    institution_id || '|' || substr(cast(cast(month_at as date) as varchar), 1, 7) as finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    month_at as occurred_at,
    signal,
    value,
    'institution' as ref_table,
    institution_id as ref_id,
    cast(null as varchar) as kp_id,
    amount,
    fund_amount
from found
