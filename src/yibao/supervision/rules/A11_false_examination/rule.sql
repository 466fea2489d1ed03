-- A11 · An examination is charged and nothing shows that it was done: no report in time, or a report that cannot be
-- true (results of another person or day, reported before the examination, device off or beyond its capacity).
with exam_item as (
    select item_code, min(exam_class) as exam_class, max(coalesce(report_lag_days, $default_lag_days)) as lag_days
    from exam_class
    group by item_code
),

-- Reports are often filed under the parent of the charged code: a parent speaks for every class below it.
reported_code as (
    select distinct item_code from exam_report
),

family as (
    select item_code, exam_class from exam_item
    union
    select reported_code.item_code, exam_item.exam_class
    from reported_code
    join exam_item on starts_with(exam_item.item_code, reported_code.item_code)
    where length(reported_code.item_code) >= 6
),

-- Lines of examinations. The day of execution counts where it is known: an appointment is paid earlier.
charged as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.order_id, l.charged_at,
        coalesce(l.executed_at, l.charged_at) as done_at, l.quantity, l.amount,
        coalesce(l.fund_amount, 0) as fund_amount, exam_item.exam_class, exam_item.lag_days
    from charge_line as l
    join exam_item on exam_item.item_code = l.item_code
    where l.reversed_line_id is null
),

-- The same fingerprint again in one institution: the first report is the original. An amended report keeps its person
-- and day. Few fingerprints repeat at all.
repeated_hash as (
    select content_hash
    from exam_report
    where content_hash is not null
        and status <> 'cancelled'
    group by content_hash
    having count(*) > 1
),

hashed as (
    select
        r.report_id, r.person_id, r.examined_at,
        first_value(r.report_id) over same_content as first_report_id,
        first_value(r.person_id) over same_content as first_person_id,
        first_value(r.examined_at) over same_content as first_examined_at
    from exam_report as r
    join repeated_hash as h on h.content_hash = r.content_hash
    where r.status <> 'cancelled'
    window same_content as (partition by r.institution_id, r.content_hash order by r.examined_at, r.report_id)
),

reused as (
    select
        report_id, first_report_id,
        date_diff('day', cast(first_examined_at as date), cast(examined_at as date)) as days,
        person_id <> first_person_id as is_other_person
    from hashed
    where person_id <> first_person_id or cast(examined_at as date) <> cast(first_examined_at as date)
),

-- Where a device was in use: off at that moment, or a day so full that its examinations are worth numbering.
on_device as (
    select
        r.report_id, r.device_id, r.examined_at, cast(r.examined_at as date) as examined_on, d.status,
        coalesce(
            d.daily_capacity,
            case d.kind when 'ct' then $ct_per_day when 'mri' then $mri_per_day when 'us' then $us_per_day end
        ) as capacity
    from exam_report as r
    join bed_device as d
        on d.device_id = r.device_id and r.examined_at >= d.begin_at
        and r.examined_at < coalesce(d.end_at, timestamp '9999-12-31')
    where r.status <> 'cancelled'
),

full_day as (
    select device_id, examined_on
    from on_device
    where status <> 'off'
    group by device_id, examined_on
    having count(*) > min(capacity)
),

-- In the order of the day, those past the capacity cannot all have been done.
numbered as (
    select
        u.report_id, u.capacity,
        row_number() over (partition by u.device_id, u.examined_on order by u.examined_at, u.report_id) as place
    from on_device as u
    join full_day as f on f.device_id = u.device_id and f.examined_on = u.examined_on
    where u.status <> 'off'
),

odd_report as (
    select report_id, case when is_other_person then 'reused_person' else 'reused_day' end as signal, days as value
    from reused
    union all
    select
        report_id, 'before_exam' as signal,
        (cast(epoch(examined_at) as bigint) - cast(epoch(reported_at) as bigint)) // 60 as value
    from exam_report
    where status <> 'cancelled'
        and reported_at < examined_at
    union all
    select report_id, 'device_off' as signal, cast(null as bigint) as value from on_device where status = 'off'
    union all
    select report_id, 'over_capacity' as signal, place as value from numbered where place > capacity
),

-- Two kinds of lines are worth a closer look. Nearly every line has the report of its own order, of the same code and
-- in time: the others.
unanswered as (
    select
        c.line_id, c.person_id, c.institution_id, c.encounter_id, c.staff_id, c.order_id, c.charged_at, c.done_at,
        c.quantity, c.amount, c.fund_amount, c.exam_class, c.lag_days
    from charged as c
    left join (
        select order_id, person_id, encounter_id, item_code, coalesce(reported_at, examined_at) as reported_at
        from exam_report
        where status <> 'cancelled'
            and order_id is not null
    ) as r on r.order_id = c.order_id
    where not coalesce(
        r.person_id = c.person_id
        and r.item_code = c.item_code
        and r.encounter_id = c.encounter_id
        and date_diff('day', cast(c.done_at as date), cast(r.reported_at as date)) between -1 and c.lag_days,
        false
    )
),

-- And the lines of anyone with an odd report.
in_doubt as (
    select
        line_id, person_id, institution_id, encounter_id, staff_id, order_id, charged_at, done_at, quantity, amount,
        fund_amount, exam_class, lag_days
    from charged
    where person_id in (
        select person_id from exam_report where report_id in (select report_id from odd_report)
    )
),

-- Net of refunds.
candidate as (
    select
        c.line_id, c.person_id, c.institution_id, c.encounter_id, c.staff_id, c.order_id, c.charged_at, c.done_at,
        cast(c.done_at as date) as done_on, c.amount + coalesce(r.amount, 0) as amount,
        c.fund_amount + coalesce(r.fund_amount, 0) as fund_amount, c.exam_class, c.lag_days
    from (
        select
            line_id, person_id, institution_id, encounter_id, staff_id, order_id, charged_at, done_at, quantity, amount,
            fund_amount, exam_class, lag_days
        from unanswered
        union
        select
            line_id, person_id, institution_id, encounter_id, staff_id, order_id, charged_at, done_at, quantity, amount,
            fund_amount, exam_class, lag_days
        from in_doubt
    ) as c
    left join charge_reversal as r on r.line_id = c.line_id
    where c.quantity + coalesce(r.quantity, 0) > 0
),

-- A report belongs to a line of the same person and class, by its encounter or institution, from one day before the
-- line to the lag of the class after it; a laboratory elsewhere may take longer.
supported as (
    select c.line_id, c.done_at, r.report_id, r.examined_at, r.order_id = c.order_id as same_order
    from candidate as c
    join family on family.exam_class = c.exam_class
    join exam_report as r on r.person_id = c.person_id and r.item_code = family.item_code
    where r.status <> 'cancelled'
        and (r.encounter_id = c.encounter_id or r.institution_id = c.institution_id)
        and least(
            date_diff('day', c.done_on, cast(r.examined_at as date)),
            date_diff('day', c.done_on, cast(coalesce(r.reported_at, r.examined_at) as date))
        ) <= case
            when r.institution_id <> c.institution_id then greatest(c.lag_days, $external_lag_days)
            else c.lag_days
        end
        and date_diff('day', c.done_on, cast(coalesce(r.reported_at, r.examined_at) as date)) >= -1
),

-- Due once the lag has passed: nothing is missing from an examination of yesterday.
without_report as (
    select line_id, 'no_report' as signal, date_diff('day', done_on, cast($as_of as date)) as value, line_id as ref_id
    from candidate
    where date_diff('day', done_on, cast($as_of as date)) > lag_days
        and line_id not in (select line_id from supported)
),

-- A line answers for its own report only: that of its order, else the nearest in time.
own_report as (
    select line_id, report_id
    from supported
    qualify row_number() over (
        partition by line_id
        order by
            case when same_order then 0 else 1 end,
            abs(cast(epoch(examined_at) as bigint) - cast(epoch(done_at) as bigint)), report_id
    ) = 1
),

evidence as (
    select line_id, signal, value, 'charge_line' as ref_table, ref_id from without_report
    union all
    select own_report.line_id, o.signal, o.value, 'exam_report' as ref_table, o.report_id as ref_id
    from own_report
    join odd_report as o on o.report_id = own_report.report_id
    union all
    select own_report.line_id, 'original' as signal, cast(null as bigint) as value, 'exam_report' as ref_table,
        reused.first_report_id as ref_id
    from own_report
    join reused on reused.report_id = own_report.report_id
),

-- The charge carries the money once, however many signs speak against it.
finding_row as (
    select line_id, signal, value, ref_table, ref_id, false as is_charge from evidence
    union all
    select distinct line_id, 'charged' as signal, cast(null as bigint) as value, 'charge_line' as ref_table,
        line_id as ref_id, true as is_charge
    from evidence
)

select
    f.line_id as finding_key,
    c.person_id,
    c.institution_id,
    c.encounter_id,
    c.staff_id,
    c.charged_at as occurred_at,
    f.signal,
    f.value,
    f.ref_table,
    f.ref_id,
    cast(null as varchar) as kp_id,
    case when f.is_charge then c.amount else 0 end as amount,
    case when f.is_charge then c.fund_amount else 0 end as fund_amount
from finding_row as f
join candidate as c on c.line_id = f.line_id
