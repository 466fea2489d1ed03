-- Stays that are over, and how long before the admission their work-up may have begun.
with operated as (
    select distinct encounter_id from procedure
),

stay as (
    select
        e.encounter_id, e.admitted_at, e.discharged_at,
        case
            when o.encounter_id is not null
                and date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date)) <= 1
                then $day_surgery_hours
            else $pre_hours
        end as hours_before
    from encounter as e
    left join operated as o on o.encounter_id = e.encounter_id
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
),

outside as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        l.executed_at, l.quantity, l.amount, l.fund_amount, s.admitted_at, s.discharged_at, s.hours_before
    from charge_line as l
    join stay as s on s.encounter_id = l.encounter_id
    where l.reversed_line_id is null
        and (l.charged_at < s.admitted_at or l.charged_at > s.discharged_at)
),

-- Done in the stay and booked outside it: by the line's own time of execution, or by the report.
done_inside as (
    select o.line_id
    from outside as o
    where o.executed_at <> o.charged_at
        and o.executed_at >= o.admitted_at
        and o.executed_at <= o.discharged_at
    union
    select o.line_id
    from outside as o
    join exam_report as x on x.encounter_id = o.encounter_id and x.item_code = o.item_code
    where x.examined_at >= o.admitted_at and x.examined_at <= o.discharged_at
)

select
    o.line_id as finding_key, o.person_id, o.institution_id, o.encounter_id, o.staff_id, o.charged_at as occurred_at,
    case when o.charged_at < o.admitted_at then 'hours_before' else 'hours_after' end as signal,
    case
        when o.charged_at < o.admitted_at
            then (cast(epoch(o.admitted_at) as bigint) - cast(epoch(o.charged_at) as bigint)) // 3600
        else (cast(epoch(o.charged_at) as bigint) - cast(epoch(o.discharged_at) as bigint)) // 3600
    end as value,
    'charge_line' as ref_table, o.line_id as ref_id, cast(null as varchar) as kp_id,
    o.amount + coalesce(r.amount, 0) as amount,
    coalesce(o.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
from outside as o
left join charge_reversal as r on r.line_id = o.line_id
where o.quantity + coalesce(r.quantity, 0) > 0
    and (
        cast(epoch(o.admitted_at) as bigint) - cast(epoch(o.charged_at) as bigint) > o.hours_before * 3600
        or cast(epoch(o.charged_at) as bigint) - cast(epoch(o.discharged_at) as bigint) > $post_hours * 3600
    )
    and not exists (select 1 from done_inside as d where d.line_id = o.line_id)
