-- Many swipes of one identical amount in a day at a pharmacy that does not usually sell at that price.
with swipe as (
    select e.institution_id, e.encounter_id, e.person_id, cast(e.admitted_at as date) as swiped_on, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

equal_swipes as (
    select institution_id, swiped_on, amount, count(*) as swipes, count(distinct person_id) as persons
    from swipe
    group by institution_id, swiped_on, amount
),

daily as (
    select institution_id, swiped_on, amount, swipes, persons,
        cast(sum(swipes) over (partition by institution_id, swiped_on) as bigint) as of_day
    from equal_swipes
),

usual as (
    select d.institution_id, d.swiped_on, d.amount, d.swipes, d.of_day, coalesce(cast(sum(p.swipes) as bigint), 0) as before
    from daily as d
    left join equal_swipes as p
        on p.institution_id = d.institution_id and p.amount = d.amount and p.swiped_on < d.swiped_on
        and date_diff('day', p.swiped_on, d.swiped_on) <= $baseline_days
    where d.persons >= $equal_swipes and d.swipes * 10000 > $equal_share * d.of_day
    group by d.institution_id, d.swiped_on, d.amount, d.swipes, d.of_day
),

-- A flat price shows on the days before too: in sixty days at least twice as often as on this one.
finding as (
    select institution_id, swiped_on, amount, swipes, of_day,
        institution_id || '|' || cast(swiped_on as varchar) || '|' || cast(amount as varchar) as finding_key
    from usual
    where before < 2 * swipes
)

select
    f.finding_key,
    cast(null as varchar) as person_id,
    f.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.swiped_on as timestamp) as occurred_at,
    'same_amount' as signal,
    f.amount as value,
    'encounter' as ref_table,
    s.encounter_id as ref_id,
    cast(null as varchar) as kp_id,
    s.amount,
    s.fund_amount
from finding as f
join swipe as s on s.institution_id = f.institution_id and s.swiped_on = f.swiped_on and s.amount = f.amount
union all
select
    finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(swiped_on as timestamp) as occurred_at,
    'equal_swipes' as signal,
    swipes as value,
    'institution' as ref_table,
    institution_id as ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from finding
