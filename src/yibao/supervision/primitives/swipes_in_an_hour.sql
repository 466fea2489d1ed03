-- Swipes of one hour at a pharmacy against the same hour of the sixty days before, in whole numbers:
-- s > mean + k * sigma where n * s - sum > 0 and (n * s - sum)² >= k² * (n * squares - sum²).
with swipe as (
    select e.institution_id, e.encounter_id, e.person_id, cast(e.admitted_at as date) as swiped_on,
        extract(hour from e.admitted_at) as hour, e.admitted_at, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

hourly as (
    select institution_id, swiped_on, hour, date_diff('day', date '1970-01-01', swiped_on) as day_number,
        count(*) as swipes, count(distinct person_id) as persons
    from swipe
    group by institution_id, swiped_on, hour
),

opened as (
    select institution_id, min(swiped_on) as first_on
    from hourly
    group by institution_id
),

busy as (
    select h.institution_id, h.swiped_on, h.hour, h.day_number, h.swipes, h.persons,
        least($baseline_days, date_diff('day', o.first_on, h.swiped_on)) as days
    from hourly as h
    join opened as o on o.institution_id = h.institution_id
    where h.swipes >= $min_swipes
),

compared as (
    select b.institution_id, b.swiped_on, b.hour, b.swipes, b.persons, b.days,
        cast(sum(coalesce(h.swipes, 0)) as bigint) as total,
        cast(sum(coalesce(h.swipes * h.swipes, 0)) as bigint) as squares
    from busy as b
    left join hourly as h
        -- each side by itself: of an outer join the embedded engine would otherwise compare every row with every other
        on h.institution_id = b.institution_id and h.hour = b.hour and h.day_number < b.day_number
        and h.day_number >= b.day_number - b.days
    group by b.institution_id, b.swiped_on, b.hour, b.swipes, b.persons, b.days
),

finding as (
    select c.*, c.institution_id || '|' || cast(c.swiped_on as varchar) || '|' || cast(c.hour as varchar) as finding_key
    from compared as c
    where c.days >= $min_days
        and c.days * c.swipes > c.total
        and (c.days * c.swipes - c.total) * (c.days * c.swipes - c.total)
            >= $sigmas * $sigmas * (c.days * c.squares - c.total * c.total)
),

evidence as (
    select f.finding_key, 'hour' as signal, f.swipes as value, 'institution' as ref_table, f.institution_id as ref_id,
        0 as amount, 0 as fund_amount
    from finding as f
    union all
    select f.finding_key, 'usual', f.total // f.days, 'institution', f.institution_id, 0, 0
    from finding as f
    union all
    -- the fields of the national model: the hour before and after, the same hour of the day before and after
    select f.finding_key,
        case when h.swiped_on = f.swiped_on then 'beside_hour' else 'beside_day' end,
        h.swipes, 'institution', f.institution_id, 0, 0
    from finding as f
    join hourly as h
        on h.institution_id = f.institution_id
        and (
            (h.swiped_on = f.swiped_on and abs(h.hour - f.hour) = 1)
            or (h.hour = f.hour and abs(date_diff('day', h.swiped_on, f.swiped_on)) = 1)
        )
    union all
    select f.finding_key, 'swipe', s.amount, 'encounter', s.encounter_id, s.amount, s.fund_amount
    from finding as f
    join swipe as s on s.institution_id = f.institution_id and s.swiped_on = f.swiped_on and s.hour = f.hour
)

select
    v.finding_key,
    cast(null as varchar) as person_id,
    f.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.swiped_on as timestamp) + f.hour * interval 1 hour as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.finding_key = v.finding_key
