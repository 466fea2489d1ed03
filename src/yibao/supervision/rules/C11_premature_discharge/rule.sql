with stay as (
    select
        encounter_id, person_id, institution_id, staff_id, admitted_at, discharged_at,
        coalesce(discharge_way, '') as discharge_way, substr(upper(main_diagnosis), 1, 3) as category,
        greatest(date_diff('day', cast(admitted_at as date), cast(discharged_at as date)), 0) as days
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at is not null
),

followed as (
    select
        stay.*,
        lead(encounter_id) over w as next_id,
        lead(institution_id) over w as next_institution_id,
        lead(category) over w as next_category,
        date_diff('day', cast(discharged_at as date), cast(lead(admitted_at) over w as date)) as gap_days
    from stay
    window w as (partition by person_id order by admitted_at, encounter_id)
),

-- Discharged as if well, and admitted elsewhere for the same disease at once.
elsewhere as (
    select *
    from followed
    where next_institution_id <> institution_id
        and next_category = category
        and gap_days between 0 and $window_days
        and discharge_way not in ('2', '3', '4', '5')
),

-- The yardstick leaves out the suspected stays themselves, so that they do not make each other usual.
peer as (
    select
        category, days,
        row_number() over (partition by category order by days, encounter_id) as place,
        count(*) over (partition by category) as stays
    from stay
    where discharge_way not in ('2', '4', '5')
        and encounter_id not in (select encounter_id from elsewhere)
),

low as (
    select category, min(days) as low_days
    from peer
    where stays >= $fewest_peers and place * 100 >= stays * $low_percent
    group by category
),

paid as (
    select
        encounter_id,
        cast(sum(total_amount) as bigint) as amount,
        cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
        count(reversed_settlement_id) as reversals
    from settlement
    where encounter_id in (select encounter_id from elsewhere)
    group by encounter_id
),

finding as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.discharged_at, e.days, e.gap_days, e.next_id,
        coalesce(l.low_days, $least_days + 1) as low_days,
        coalesce(p.amount, 0) as amount, coalesce(p.fund_amount, 0) as fund_amount
    from elsewhere as e
    left join low as l on l.category = e.category
    left join paid as p on p.encounter_id = e.encounter_id
    where e.days < coalesce(l.low_days, $least_days + 1)
        and not coalesce(p.reversals > 0 and p.amount = 0, false)
)

select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, discharged_at as occurred_at,
    'days' as signal, days as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from finding
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, discharged_at as occurred_at,
    'low_days' as signal, low_days as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, discharged_at as occurred_at,
    'gap_days' as signal, gap_days as value, 'encounter' as ref_table, next_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
