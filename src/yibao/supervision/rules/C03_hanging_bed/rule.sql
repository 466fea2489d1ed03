-- Stays on paper: the signals are gathered one by one, then the stays with enough of them become findings.
with stay as (
    select
        encounter_id, person_id, institution_id, staff_id, bed_id, ward, main_diagnosis, department,
        admitted_at, discharged_at, cast(admitted_at as date) as first_day, cast(discharged_at as date) as last_day,
        date_diff('day', cast(admitted_at as date), cast(discharged_at as date)) as days
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at > admitted_at and admitted_at < $as_of
        -- who is cared for in a bed at home lies in none of the hospital's
        and not coalesce(regexp_matches(ward, $beds_elsewhere), false)
),
long_stay as (
    select encounter_id, person_id, institution_id, bed_id, main_diagnosis, department, admitted_at, discharged_at,
        first_day, last_day, days
    from stay
    where days >= $min_stay_days
),

-- What was charged and done, day by day. Refunded lines are no care.
charge_day as (
    select
        l.encounter_id, cast(l.charged_at as date) as day,
        max(case when l.charge_type = '01' then 1 else 0 end) as has_bed,
        max(case when l.charge_type in ('01', '07') then 1 else 0 end) as has_upkeep,
        -- Ward-round and general fees are booked by the day without anyone coming; they prove nothing either way.
        max(case when coalesce(l.charge_type, '') not in ('01', '02', '07', '12', '13') then 1 else 0 end) as has_care
    from charge_line as l
    inner join long_stay as s on s.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) between s.first_day and s.last_day
    group by l.encounter_id, cast(l.charged_at as date)
),
away as (
    select
        encounter_id, event_id, begin_at, end_at, coalesce(approved, false) as approved,
        cast(begin_at as date) as first_day, cast(end_at as date) as last_day
    from leave_checkin
    where kind = 'leave' and end_at is not null
),

-- 1. Days in a row with bed and nursing fees and nothing else.
upkeep_day as (
    select c.encounter_id, c.day
    from charge_day as c
    inner join long_stay as s on s.encounter_id = c.encounter_id
    where c.has_upkeep = 1 and c.has_care = 0
        -- On a psychiatric ward days of presence without charges for treatment are ordinary.
        and not regexp_matches(coalesce(s.main_diagnosis, ''), $psychiatric_diagnoses)
        and not regexp_matches(coalesce(s.department, ''), $psychiatric_departments)
),
care_day as (
    select distinct x.encounter_id, cast(x.executed_at as date) as day
    from execution as x
    inner join (select distinct encounter_id from upkeep_day) as u on u.encounter_id = x.encounter_id
    where x.kind in ('order', 'progress_note', 'admission_note')
),
bare_day as (
    select
        u.encounter_id, u.day,
        date_diff('day', date '2000-01-01', u.day)
            - row_number() over (partition by u.encounter_id order by u.day) as run
    from upkeep_day as u
    where not exists (select 1 from care_day as k where k.encounter_id = u.encounter_id and k.day = u.day)
),
bare_run as (
    select encounter_id, run, count(*) as days from bare_day group by encounter_id, run
),
bare as (
    select encounter_id, max(days) as value from bare_run where days >= $bare_days group by encounter_id
),

-- 2. Hours without any charge or entry. Judged only where the institution uploads what it carries out, since it does.
first_execution as (
    select encounter_id, min(executed_at) as at_time from execution group by encounter_id
),
uploading as (
    select e.institution_id, min(f.at_time) as since_time
    from first_execution as f
    inner join encounter as e on e.encounter_id = f.encounter_id
    group by e.institution_id
),
charged_stay as (
    select encounter_id, count(*) as days from charge_day group by encounter_id
),
sparse_stay as (
    -- So long a pause needs so many days without a charge: most stays need no closer look.
    select s.encounter_id, s.admitted_at, s.discharged_at, s.first_day, s.last_day
    from long_stay as s
    inner join uploading as u on u.institution_id = s.institution_id and u.since_time <= s.admitted_at
    left join charged_stay as c on c.encounter_id = s.encounter_id
    where s.days + 1 - coalesce(c.days, 0) >= $silent_hours // 24
),
sparse_charge as (
    -- Fees are often dated without an hour: a charge stands for its whole day.
    select
        s.encounter_id,
        greatest(cast(c.day as timestamp), s.admitted_at) as from_time,
        least(cast(c.day + interval 1 day as timestamp), s.discharged_at) as to_time
    from charge_day as c
    inner join sparse_stay as s on s.encounter_id = c.encounter_id
),
moment as (
    select encounter_id, admitted_at as at_time from sparse_stay
    union all
    select encounter_id, discharged_at as at_time from sparse_stay
    union all
    select encounter_id, from_time as at_time from sparse_charge
    union all
    select encounter_id, to_time as at_time from sparse_charge
    union all
    select x.encounter_id, x.executed_at as at_time
    from execution as x
    inner join sparse_stay as s on s.encounter_id = x.encounter_id
    where x.executed_at between s.admitted_at and s.discharged_at
),
pause as (
    select
        encounter_id, at_time as until_time,
        lag(at_time) over (partition by encounter_id order by at_time) as since_time
    from moment
),
silence as (
    select
        p.encounter_id,
        max((cast(epoch(p.until_time) as bigint) - cast(epoch(p.since_time) as bigint)) // 3600) as value
    from pause as p
    where cast(epoch(p.until_time) as bigint) - cast(epoch(p.since_time) as bigint) >= $silent_hours * 3600
        and not exists (
            select 1 from away as a
            where a.encounter_id = p.encounter_id and a.approved
                and a.begin_at < p.until_time and a.end_at > p.since_time
        )
    group by p.encounter_id
),

-- 3. No order and no note within a day of admission. Judged only where the institution uploads them, since it does.
first_entry as (
    select encounter_id, min(at_time) as at_time
    from (
        select encounter_id, at_time from first_execution
        union all
        select encounter_id, begin_at as at_time
        from medical_order
        where encounter_id is not null and coalesce(status, 'signed') not in ('draft', 'cancelled')
    ) as entry
    group by encounter_id
),
keeping as (
    select e.institution_id, min(f.at_time) as since_time
    from first_entry as f
    inner join encounter as e on e.encounter_id = f.encounter_id
    where e.kind in ('21', '22', '23', '24', '52')
    group by e.institution_id
),
unwritten as (
    select
        s.encounter_id,
        (cast(epoch(least(coalesce(f.at_time, s.discharged_at), s.discharged_at)) as bigint)
            - cast(epoch(s.admitted_at) as bigint)) // 3600 as value
    from long_stay as s
    inner join keeping as k on k.institution_id = s.institution_id and k.since_time <= s.admitted_at
    left join first_entry as f on f.encounter_id = s.encounter_id
    where coalesce(f.at_time, s.discharged_at) > s.admitted_at + $unwritten_hours * interval 1 hour
),

-- Days without a progress note. Judged only where the institution uploads them, and since it does.
noting as (
    select e.institution_id, min(x.executed_at) as since_time
    from execution as x
    inner join encounter as e on e.encounter_id = x.encounter_id
    where x.kind = 'progress_note'
    group by e.institution_id
),
noted as (
    select x.encounter_id, cast(x.executed_at as date) as day
    from execution as x
    where x.kind in ('admission_note', 'progress_note')
    union all
    select encounter_id, first_day as day from long_stay
    union all
    select encounter_id, last_day as day from long_stay
),
noted_pair as (
    select encounter_id, day, lag(day) over (partition by encounter_id order by day) as previous_day from noted
),
unnoted as (
    select p.encounter_id, max(date_diff('day', p.previous_day, p.day) - 1) as value
    from noted_pair as p
    inner join long_stay as s on s.encounter_id = p.encounter_id
    inner join noting as n on n.institution_id = s.institution_id and n.since_time <= s.admitted_at
    where date_diff('day', p.previous_day, p.day) - 1 >= $unnoted_days
        and p.previous_day >= s.first_day and p.day <= s.last_day
        -- A long stay on a psychiatric ward is not described every third day.
        and not regexp_matches(coalesce(s.main_diagnosis, ''), $psychiatric_diagnoses)
        and not regexp_matches(coalesce(s.department, ''), $psychiatric_departments)
        and not exists (
            select 1 from away as a
            where a.encounter_id = p.encounter_id and a.approved
                and a.first_day < p.day and a.last_day > p.previous_day
        )
    group by p.encounter_id
),

-- 4. Seen elsewhere during the stay: outpatient care or a pharmacy counter.
visit as (
    select v.encounter_id, v.person_id, v.institution_id, v.kind, v.admitted_at
    from encounter as v
    where v.kind in ('11', '12', '13', '14', '41', '51')
),
elsewhere as (
    select s.encounter_id, v.encounter_id as visit_id
    from long_stay as s
    inner join visit as v
        on v.person_id = s.person_id
        and v.institution_id <> s.institution_id
        and v.admitted_at > s.admitted_at + $margin_hours * interval 1 hour
        and v.admitted_at < s.discharged_at - $margin_hours * interval 1 hour
    -- A visit without an hour may have been before admission or after discharge that day.
    where not (v.admitted_at = date_trunc('day', v.admitted_at)
            and (cast(v.admitted_at as date) = s.first_day or cast(v.admitted_at as date) = s.last_day))
        -- Sent out for an examination, or on leave with permission.
        and not exists (
            select 1 from away as a
            where a.encounter_id = s.encounter_id and a.approved and v.admitted_at between a.begin_at and a.end_at
        )
),
elsewhere_paid as (
    select
        x.visit_id,
        cast(sum(t.total_amount) as bigint) as amount,
        count(t.reversed_settlement_id) as reversals,
        cast(sum(coalesce(t.family_account_amount, 0)) as bigint) as family_amount
    from (select distinct visit_id from elsewhere) as x
    inner join settlement as t on t.encounter_id = x.visit_id
    group by x.visit_id
),
outside as (
    select e.encounter_id, e.visit_id
    from elsewhere as e
    left join elsewhere_paid as p on p.visit_id = e.visit_id
    -- A relative may pay with the shared family account; a reversed visit did not happen.
    where coalesce(p.family_amount, 0) = 0 and not coalesce(p.reversals > 0 and p.amount = 0, false)
),

-- 5. Clocked in at work during the stay. A register written by hand is a roster and shows nobody.
at_work as (
    select s.encounter_id, w.attendance_id
    from long_stay as s
    inner join work_attendance as w
        on w.person_id = s.person_id
        and w.clocked_at > s.admitted_at + $margin_hours * interval 1 hour
        and w.clocked_at < s.discharged_at - $margin_hours * interval 1 hour
    where coalesce(w.method, '') <> 'manual'
        -- A day without an hour may have been worked before admission or after discharge.
        and not (w.clocked_at = date_trunc('day', w.clocked_at)
            and (cast(w.clocked_at as date) = s.first_day or cast(w.clocked_at as date) = s.last_day))
        and not exists (
            select 1 from away as a
            where a.encounter_id = s.encounter_id and a.approved and w.clocked_at between a.begin_at and a.end_at
        )
),

-- 6. Leave that was not granted, or for which the bed was charged all the same.
absence as (
    select
        a.encounter_id, a.event_id,
        greatest(date_diff('day', a.first_day, a.last_day), 0) as nights
    from away as a
    inner join long_stay as s on s.encounter_id = a.encounter_id
    where not a.approved
        or exists (
            select 1 from charge_day as c
            where c.encounter_id = a.encounter_id and c.has_bed = 1 and c.day >= a.first_day and c.day < a.last_day
        )
),
leave_sum as (
    select a.encounter_id, count(*) as times, cast(sum(a.nights) as bigint) as nights, max(s.days) as stay_days
    from absence as a
    inner join long_stay as s on s.encounter_id = a.encounter_id
    group by a.encounter_id
),

-- 7. Presence not confirmed for days. Judged only where the institution checks presence, and since it does.
checking as (
    select e.institution_id, min(k.begin_at) as since_time
    from leave_checkin as k
    inner join encounter as e on e.encounter_id = k.encounter_id
    where k.kind = 'checkin'
    group by e.institution_id
),
present_day as (
    select encounter_id, cast(begin_at as date) as day
    from leave_checkin
    where kind = 'checkin' and coalesce(matched, true)
    union
    select s.encounter_id, s.first_day as day from long_stay as s
    union
    select s.encounter_id, s.last_day as day from long_stay as s
),
present_pair as (
    select encounter_id, day, lag(day) over (partition by encounter_id order by day) as previous_day
    from present_day
),
unseen as (
    select p.encounter_id, max(date_diff('day', p.previous_day, p.day) - 1) as value
    from present_pair as p
    inner join long_stay as s on s.encounter_id = p.encounter_id
    inner join checking as c on c.institution_id = s.institution_id and c.since_time <= s.admitted_at
    where date_diff('day', p.previous_day, p.day) - 1 >= $unseen_days
        and p.previous_day >= s.first_day and p.day <= s.last_day
        and not exists (
            select 1 from away as a
            where a.encounter_id = p.encounter_id and a.approved
                and a.first_day < p.day and a.last_day > p.previous_day
        )
    group by p.encounter_id
),

-- 8. Two patients in one bed. First the stays that overlap any other in the bed, by one window; then the pairs.
bedded as (
    select
        encounter_id, institution_id, bed_id, coalesce(ward, '') as ward, admitted_at, discharged_at,
        max(discharged_at) over (
            partition by institution_id, bed_id, coalesce(ward, '') order by admitted_at, encounter_id
            rows between unbounded preceding and 1 preceding
        ) as taken_until,
        lead(admitted_at) over (
            partition by institution_id, bed_id, coalesce(ward, '') order by admitted_at, encounter_id
        ) as next_admitted_at
    from stay
    where bed_id is not null and discharged_at >= admitted_at + $bed_hours * interval 1 hour
),
crowded as (
    select encounter_id, institution_id, bed_id, ward, admitted_at, discharged_at
    from bedded
    where taken_until >= admitted_at + $bed_hours * interval 1 hour
        or next_admitted_at <= discharged_at - $bed_hours * interval 1 hour
),
bed_pair as (
    select a.encounter_id, b.encounter_id as other_id
    from crowded as a
    inner join crowded as b
        on b.institution_id = a.institution_id and b.bed_id = a.bed_id and b.ward = a.ward
        and b.encounter_id <> a.encounter_id
        and least(a.discharged_at, b.discharged_at) >= greatest(a.admitted_at, b.admitted_at) + $bed_hours * interval 1 hour
),

-- 9. No bed: none is written where the institution writes them, since it does; or one that it does not have in use.
bedding as (
    select institution_id, min(admitted_at) as since_time from stay where bed_id is not null group by institution_id
),
own_bed as (
    select device_id, institution_id, begin_at, coalesce(end_at, timestamp '9999-12-31 00:00:00') as end_at
    from bed_device
    where kind = 'bed' and status = 'on'
),
bedless as (
    select s.encounter_id
    from long_stay as s
    inner join bedding as b on b.institution_id = s.institution_id and b.since_time <= s.admitted_at
    where s.bed_id is null
    union all
    select s.encounter_id
    from long_stay as s
    where s.bed_id is not null
        and s.institution_id in (select institution_id from own_bed)
        and not exists (
            select 1 from own_bed as b
            where b.device_id = s.bed_id and b.institution_id = s.institution_id
                and b.begin_at < s.discharged_at and b.end_at > s.admitted_at
        )
),

-- The evidence, and which stays have enough of it.
evidence as (
    select encounter_id, 'bare_days' as signal, value, 'encounter' as ref_table, encounter_id as ref_id from bare
    union all
    select encounter_id, 'no_service_hours' as signal, value, 'encounter' as ref_table, encounter_id as ref_id
    from silence
    union all
    select encounter_id, 'no_orders_hours' as signal, value, 'encounter' as ref_table, encounter_id as ref_id
    from unwritten
    union all
    select encounter_id, 'no_note_days' as signal, value, 'encounter' as ref_table, encounter_id as ref_id
    from unnoted
    union all
    select encounter_id, 'outside_transaction' as signal, cast(1 as bigint) as value, 'encounter' as ref_table,
        visit_id as ref_id
    from outside
    union all
    select encounter_id, 'at_work' as signal, cast(1 as bigint) as value, 'work_attendance' as ref_table,
        attendance_id as ref_id
    from at_work
    union all
    select l.encounter_id, 'leave_nights' as signal, a.nights as value, 'leave_checkin' as ref_table,
        a.event_id as ref_id
    from leave_sum as l
    inner join absence as a on a.encounter_id = l.encounter_id
    where l.nights * 4 > l.stay_days
    union all
    select encounter_id, 'leave_times' as signal, times as value, 'encounter' as ref_table, encounter_id as ref_id
    from leave_sum
    where times > $leave_times
    union all
    select encounter_id, 'checkin_missing_days' as signal, value, 'encounter' as ref_table, encounter_id as ref_id
    from unseen
    union all
    select p.encounter_id, 'bed_shared' as signal, cast(1 as bigint) as value, 'encounter' as ref_table,
        p.other_id as ref_id
    from bed_pair as p
    union all
    select encounter_id, 'no_bed' as signal, cast(null as bigint) as value, 'encounter' as ref_table,
        encounter_id as ref_id
    from bedless
),
-- By windows and not by a second look at the evidence: an engine that computes it anew for each mention does so once.
ranked as (
    select
        encounter_id, signal, value, ref_table, ref_id,
        dense_rank() over (partition by encounter_id order by signal) as signal_number,
        row_number() over (partition by encounter_id order by signal, ref_id) as number
    from evidence
),
weighed as (
    select
        encounter_id, signal, value, ref_table, ref_id, number,
        max(signal_number) over (partition by encounter_id) as signals,
        coalesce(max(case when signal = 'bare_days' then value end) over (partition by encounter_id), 0) as bare_days,
        coalesce(max(case when signal = 'no_service_hours' then value end) over (partition by encounter_id), 0)
            as silent_hours
    from ranked
),
place as (
    select 1 as place
    union all
    select 2 as place
)
-- The stay itself once, in the first place, and then what speaks against it.
select
    s.encounter_id, s.person_id, s.institution_id, s.staff_id, s.admitted_at as occurred_at, p.place,
    case when p.place = 1 then 'stay' else w.signal end as signal,
    case when p.place = 2 then w.value end as value,
    case when p.place = 1 then 'encounter' else w.ref_table end as ref_table,
    case when p.place = 1 then s.encounter_id else w.ref_id end as ref_id
from weighed as w
inner join stay as s on s.encounter_id = w.encounter_id
cross join place as p
where (p.place = 2 or w.number = 1)
    and (w.signals >= $min_signals or w.bare_days >= $bare_days_alone or w.silent_hours >= $silent_hours_alone)
