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

finding as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.discharged_at as occurred_at, e.days, e.gap_days,
        e.next_id, coalesce(l.low_days, $least_days + 1) as low_days
    from elsewhere as e
    left join low as l on l.category = e.category
    where e.days < coalesce(l.low_days, $least_days + 1)
)

select
    encounter_id, person_id, institution_id, staff_id, occurred_at, 1 as place, 'days' as signal, days as value,
    'encounter' as ref_table, encounter_id as ref_id
from finding
union all
select encounter_id, person_id, institution_id, staff_id, occurred_at, 2, 'low_days', low_days, 'encounter', encounter_id
from finding
union all
select encounter_id, person_id, institution_id, staff_id, occurred_at, 3, 'gap_days', gap_days, 'encounter', next_id
from finding
