-- H03 · More people in hospital on one night than the institution has beds for.
-- A stay fills a bed from the day of admission to the night before discharge.
with stay as (
    select e.encounter_id, e.institution_id, cast(e.admitted_at as date) as from_on,
        cast(coalesce(e.discharged_at, $as_of) as date) as until_on
    from encounter as e
    join institution as i on i.institution_id = e.institution_id and i.beds > 0
    where e.kind in ('21', '22', '23', '24', '52') and e.admitted_at <= $as_of
        and not coalesce(regexp_matches(e.ward, $beds_elsewhere), false)
),

change as (
    select institution_id, from_on as day_on, 1 as step from stay where until_on > from_on
    union all
    select institution_id, until_on, -1 from stay where until_on > from_on
),

daily as (
    select institution_id, day_on, cast(sum(step) as bigint) as step
    from change
    group by institution_id, day_on
),

counted as (
    select d.institution_id, d.day_on, i.beds,
        cast(sum(d.step) over (
            partition by d.institution_id order by d.day_on rows between unbounded preceding and current row
        ) as bigint) as patients,
        lead(d.day_on) over (partition by d.institution_id order by d.day_on) as until_on
    from daily as d
    join institution as i on i.institution_id = d.institution_id
),

over as (
    select institution_id, day_on, coalesce(until_on, cast(day_on + interval 1 day as date)) as until_on, beds, patients,
        date_trunc('month', day_on) as month_at
    from counted
    where patients * 10000 > $full_rate * beds
),

-- One finding per institution and month, told by its fullest night.
finding as (
    select institution_id, month_at, day_on, beds, patients,
        cast(sum(date_diff('day', day_on, until_on)) over (partition by institution_id, month_at) as bigint) as nights,
        institution_id || '|' || substr(cast(cast(month_at as date) as varchar), 1, 7) as finding_key
    from over
    qualify row_number() over (partition by institution_id, month_at order by patients desc, day_on) = 1
),

evidence as (
    select finding_key, 'patients' as signal, patients as value, 'institution' as ref_table, institution_id as ref_id
    from finding
    union all
    select finding_key, 'beds', beds, 'institution', institution_id
    from finding
    union all
    select finding_key, 'nights', nights, 'institution', institution_id
    from finding
    union all
    select f.finding_key, 'stay', cast(null as bigint), 'encounter', s.encounter_id
    from finding as f
    join stay as s on s.institution_id = f.institution_id and s.from_on <= f.day_on and s.until_on > f.day_on
)

select
    v.finding_key,
    cast(null as varchar) as person_id,
    f.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.day_on as timestamp) as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from evidence as v
join finding as f on f.finding_key = v.finding_key
