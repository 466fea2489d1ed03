-- H02 · One doctor where one person cannot be: at two institutions with no time to travel, in two operations at once, or
-- with more patients in a day than can be seen.
-- The way between institutions is the longer side plus half the shorter, at most 12 % too long.
with visit as (
    select e.encounter_id, e.person_id, e.staff_id, e.institution_id, e.admitted_at,
        cast(epoch(e.admitted_at) as bigint) as at, cast(e.admitted_at as date) as seen_on, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind in ('11', '13', '14') and e.staff_id is not null and e.admitted_at <= $as_of
        and e.staff_id not in (select staff_id from staff where kind = 'team')
),

-- Few doctors work at two places on one day.
two_places as (
    select staff_id, seen_on
    from visit
    group by staff_id, seen_on
    having min(institution_id) <> max(institution_id)
),

ordered as (
    select v.encounter_id, v.person_id, v.staff_id, v.institution_id, v.admitted_at, v.at, v.amount, v.fund_amount,
        lag(v.encounter_id) over w as earlier_id,
        lag(v.institution_id) over w as earlier_institution,
        lag(v.at) over w as earlier_at
    from visit as v
    join two_places as t on t.staff_id = v.staff_id and t.seen_on = v.seen_on
    window w as (partition by v.staff_id, v.seen_on order by v.at, v.encounter_id)
),

away as (
    select o.encounter_id, o.person_id, o.staff_id, o.institution_id, o.admitted_at, o.at, o.amount, o.fund_amount,
        o.earlier_id, o.earlier_at,
        abs(a.latitude_e6 - b.latitude_e6) * a.degree_north // 1000000 as north,
        abs(a.longitude_e6 - b.longitude_e6) * a.degree_east // 1000000 as east
    from ordered as o
    left join institution_place as a on a.institution_id = o.earlier_institution
    left join institution_place as b on b.institution_id = o.institution_id
    where o.earlier_institution <> o.institution_id
),

two_places_at_once as (
    select encounter_id, person_id, staff_id, institution_id, admitted_at as occurred_at, 'two_places' as signal,
        (at - earlier_at) // 60 as value, earlier_id as other_id, amount, fund_amount
    from away
    where at - earlier_at
        < $visit_minutes * 60 + coalesce(greatest(north, east) + least(north, east) // 2, 0) * 36 // ($speed * 10)
),

day_load as (
    select staff_id, seen_on, count(distinct person_id) as patients
    from visit
    group by staff_id, seen_on
    having count(distinct person_id) > $patients_per_day
),

too_many as (
    select v.encounter_id, v.person_id, v.staff_id, v.institution_id, v.admitted_at as occurred_at,
        'too_many_patients' as signal, d.patients as value, v.encounter_id as other_id, v.amount, v.fund_amount
    from day_load as d
    join visit as v on v.staff_id = d.staff_id and v.seen_on = d.seen_on
    qualify row_number() over (partition by v.staff_id, v.seen_on order by v.at, v.encounter_id) > $patients_per_day
),

operation as (
    select p.encounter_id, p.person_id, p.surgeon_id, min(p.begin_at) as begin_at, max(p.end_at) as end_at
    from procedure as p
    where p.surgeon_id is not null and p.begin_at is not null and p.end_at > p.begin_at and p.begin_at <= $as_of
        -- what is done under anaesthesia in a theatre, not at a bedside
        and p.anaesthesia is not null
    group by p.encounter_id, p.person_id, p.surgeon_id, coalesce(p.session_id, p.encounter_id)
),

two_operations as (
    select b.encounter_id, b.person_id, b.surgeon_id as staff_id, e.institution_id, b.begin_at as occurred_at,
        'two_operations' as signal,
        (cast(epoch(least(a.end_at, b.end_at)) as bigint) - cast(epoch(b.begin_at) as bigint)) // 60 as value,
        a.encounter_id as other_id, cast(0 as bigint) as amount, cast(0 as bigint) as fund_amount
    from operation as a
    join operation as b
        on b.surgeon_id = a.surgeon_id and b.encounter_id <> a.encounter_id and b.begin_at < a.end_at
        and (b.begin_at > a.begin_at or (b.begin_at = a.begin_at and b.encounter_id > a.encounter_id))
    join encounter as e on e.encounter_id = b.encounter_id
    where cast(epoch(least(a.end_at, b.end_at)) as bigint) - cast(epoch(b.begin_at) as bigint) > $overlap_minutes * 60
),

every_case as (
    select * from two_places_at_once
    union all
    select * from too_many
    union all
    select * from two_operations
),

-- A day's excess of patients is one matter; each clash of time is one.
keyed as (
    select c.*,
        case when signal = 'too_many_patients'
            then staff_id || '|' || cast(cast(occurred_at as date) as varchar)
            else encounter_id
        end as finding_key
    from every_case as c
),

subject as (
    select finding_key, max(case when signal = 'too_many_patients' then null else person_id end) as person_id,
        max(institution_id) as institution_id,
        max(case when signal = 'too_many_patients' then null else encounter_id end) as encounter_id,
        max(staff_id) as staff_id, max(occurred_at) as occurred_at
    from keyed
    group by finding_key
),

evidence as (
    select finding_key, signal, value, encounter_id as ref_id, amount, fund_amount from keyed
    union all
    select finding_key, 'other' as signal, cast(null as bigint) as value, other_id as ref_id, 0 as amount, 0 as fund_amount
    from keyed
    where signal <> 'too_many_patients'
)

select
    v.finding_key,
    s.person_id,
    s.institution_id,
    s.encounter_id,
    s.staff_id,
    s.occurred_at,
    v.signal,
    v.value,
    'encounter' as ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join subject as s on s.finding_key = v.finding_key
