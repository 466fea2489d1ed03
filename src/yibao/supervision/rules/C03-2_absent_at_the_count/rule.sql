-- C03-2 · A count on the ward found more inpatients absent than the level of the institution tolerates: every stay that
-- was found absent is in doubt. Only days with a check that failed are looked at; a person whose check failed in the
-- morning and passed in the evening was there. Days are numbered from 2000-01-01.
with failed as (
    select
        k.encounter_id, e.institution_id, cast(k.begin_at as date) as date_of,
        date_diff('day', date '2000-01-01', cast(k.begin_at as date)) as day
    from leave_checkin as k
    join encounter as e on e.encounter_id = k.encounter_id
    where k.kind = 'checkin' and not k.matched and k.begin_at <= $as_of
),

doubtful_day as (
    select distinct institution_id, date_of, day from failed
),

stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.main_diagnosis, e.department,
        date_diff('day', date '2000-01-01', cast(e.admitted_at as date)) as first_day,
        date_diff('day', date '2000-01-01', cast(coalesce(e.discharged_at, timestamp '2099-12-31 00:00:00') as date))
            as last_day
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52')
        and e.institution_id in (select institution_id from doubtful_day)
        -- who is cared for in a bed at home lies in none of the hospital's
        and not coalesce(regexp_matches(e.ward, $beds_elsewhere), false)
),

-- How many lay there from one midnight to the next: comings less goings, summed up by day.
turnover as (
    select institution_id, first_day + 1 as day, 1 as change, 0 as is_count from stay where last_day > first_day
    union all
    select institution_id, last_day, -1, 0 from stay where last_day > first_day
    union all
    select institution_id, day, 0, 1 from doubtful_day
),

inside as (
    select institution_id, day, is_count,
        cast(sum(change) over (
            partition by institution_id order by day, is_count
            rows between unbounded preceding and current row
        ) as bigint) as patients
    from turnover
),

away as (
    select
        encounter_id, date_diff('day', date '2000-01-01', cast(begin_at as date)) as first_day,
        date_diff('day', date '2000-01-01', cast(coalesce(end_at, $as_of) as date)) as last_day
    from leave_checkin
    where kind = 'leave' and approved
),

checked as (
    select
        s.encounter_id, s.person_id, s.institution_id, s.staff_id, d.day, d.date_of,
        max(case when coalesce(k.matched, true) then 0 else 1 end)
            * min(case when coalesce(k.matched, true) then 0 else 1 end) as absent,
        min(k.begin_at) as checked_at, min(k.event_id) as event_id
    from leave_checkin as k
    join stay as s on s.encounter_id = k.encounter_id
    join doubtful_day as d on d.institution_id = s.institution_id and d.date_of = cast(k.begin_at as date)
    where k.kind = 'checkin' and k.begin_at <= $as_of
        and d.day > s.first_day and d.day < s.last_day
        -- leave on trial belongs to psychiatric care, a free weekend to rehabilitation
        and not regexp_matches(coalesce(s.main_diagnosis, ''), $psychiatric_diagnoses)
        and not regexp_matches(coalesce(s.department, ''), $psychiatric_departments)
        and not (
            extract(isodow from d.date_of) >= 6
            and (
                regexp_matches(coalesce(s.main_diagnosis, ''), $rehabilitation_diagnoses)
                or regexp_matches(coalesce(s.department, ''), $rehabilitation_departments)
            )
        )
    group by s.encounter_id, s.person_id, s.institution_id, s.staff_id, d.day, d.date_of
),

-- With permission to be away somebody is neither present nor absent.
counted as (
    select c.*
    from checked as c
    where not exists (
        select 1 from away as a
        where a.encounter_id = c.encounter_id and c.day >= a.first_day and c.day <= a.last_day
    )
),

head_count as (
    select institution_id, day, count(*) as counted, cast(sum(absent) as bigint) as absent
    from counted
    group by institution_id, day
),

exceeded as (
    select h.institution_id, h.day, h.counted, h.absent * 10000 // h.counted as share
    from head_count as h
    join inside as n on n.institution_id = h.institution_id and n.day = h.day and n.is_count = 1
    join institution as i on i.institution_id = h.institution_id
    where h.counted >= $fewest_counted
        -- a check of a few rooms is no count of the ward
        and h.counted * 10000 >= $coverage * n.patients
        and h.absent * 10000 >= h.counted * case
            when i.level = '3' then $tertiary_share when i.level = '2' then $secondary_share else $primary_share
        end
),

doubt as (
    select c.encounter_id, c.person_id, c.institution_id, c.staff_id, c.checked_at, c.event_id, x.share, x.counted
    from counted as c
    join exceeded as x on x.institution_id = c.institution_id and x.day = c.day
    where c.absent = 1
),

found as (
    select encounter_id, person_id, institution_id, staff_id, min(checked_at) as occurred_at, count(*) as days,
        max(share) as share, max(counted) as counted
    from doubt
    group by encounter_id, person_id, institution_id, staff_id
)

select
    encounter_id, person_id, institution_id, staff_id, occurred_at, 1 as place, 'absent' as signal, days as value,
    'encounter' as ref_table, encounter_id as ref_id
from found
union all
select encounter_id, person_id, institution_id, staff_id, occurred_at, 2, 'share', share, 'institution', institution_id
from found
union all
select encounter_id, person_id, institution_id, staff_id, occurred_at, 3, 'counted', counted, 'institution', institution_id
from found
union all
select
    f.encounter_id, f.person_id, f.institution_id, f.staff_id, f.occurred_at, 4, 'check', cast(null as bigint),
    'leave_checkin', d.event_id
from found as f
join doubt as d on d.encounter_id = f.encounter_id
