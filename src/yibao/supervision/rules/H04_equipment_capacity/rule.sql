-- H04 · A device reports more examinations in a day than it can do, or works while it was off.
-- What is missing behind each charge is A11's matter; here the day of the device is looked at, so no money is counted.
with report as (
    select x.report_id, x.device_id, x.institution_id, x.examined_at, cast(x.examined_at as date) as examined_on
    from exam_report as x
    where x.device_id is not null and x.examined_at <= $as_of and coalesce(x.status, 'final') <> 'cancelled'
),

device as (
    select device_id, institution_id, kind, status, daily_capacity, begin_at,
        coalesce(end_at, timestamp '9999-12-31 00:00:00') as end_at
    from bed_device
    where kind <> 'bed'
),

day_load as (
    select device_id, examined_on, count(*) as reports
    from report
    group by device_id, examined_on
),

crowded as (
    select l.device_id, l.examined_on, l.reports, max(d.daily_capacity) as capacity
    from day_load as l
    join device as d
        on d.device_id = l.device_id and d.status = 'on' and d.daily_capacity > 0
        and l.examined_on >= cast(d.begin_at as date) and l.examined_on <= cast(d.end_at as date)
    group by l.device_id, l.examined_on, l.reports
    having l.reports > max(d.daily_capacity)
),

while_off as (
    select r.device_id, r.examined_on, r.report_id, d.kind, r.institution_id
    from report as r
    join device as d
        on d.device_id = r.device_id and d.status = 'off' and r.examined_at >= d.begin_at and r.examined_at < d.end_at
),

evidence as (
    select c.device_id, c.examined_on, 'reports' as signal, c.reports as value, r.report_id as ref_id
    from crowded as c
    join report as r on r.device_id = c.device_id and r.examined_on = c.examined_on
    union all
    select c.device_id, c.examined_on, 'capacity', c.capacity, min(r.report_id)
    from crowded as c
    join report as r on r.device_id = c.device_id and r.examined_on = c.examined_on
    group by c.device_id, c.examined_on, c.capacity
    union all
    select device_id, examined_on, 'while_off', 1, report_id
    from while_off
),

place as (
    select device_id, examined_on, max(institution_id) as institution_id
    from report
    group by device_id, examined_on
)

select
    v.device_id || '|' || cast(v.examined_on as varchar) as finding_key,
    cast(null as varchar) as person_id,
    p.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(v.examined_on as timestamp) as occurred_at,
    v.signal,
    v.value,
    'exam_report' as ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from evidence as v
join place as p on p.device_id = v.device_id and p.examined_on = v.examined_on
