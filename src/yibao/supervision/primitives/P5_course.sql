-- P5 · A drug or service is used for longer than the course that is paid for.
-- Serves every knowledge point of the classes in $rule_classes with `course_days`. A course is one stay, a year, a
-- lifetime, or (`course`) an episode that ends with a gap; it is counted by days of use or by the span since the first
-- use. One finding per person, point and course.
with point as (
    select
        kp_id, item_code, course_days, coalesce(course_mode, 'distinct_days') as course_mode,
        coalesce(time_window, 'course') as time_window, daily_quantity, valid_from, valid_to
    from knowledge_point
    where primitive = 'P5'
        and status = 'compiled'
        and course_days is not null
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- What the patient pays alone is no course that the fund pays for.
line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
        cast(l.charged_at as date) as charged_on, l.days_supply,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.course_days, p.course_mode, p.time_window, p.daily_quantity
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and coalesce(l.not_covered_amount < l.amount, true)
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

-- Days that a line covers: as prescribed, else by the usual daily quantity, else the day it was charged.
covered as (
    select
        line.*,
        coalesce(
            days_supply,
            (quantity + daily_quantity - 1) // nullif(daily_quantity, 0),
            case
                when row_number() over (
                    partition by person_id, kp_id, encounter_id, charged_on order by charged_at, line_id
                ) = 1 then 1 else 0
            end
        ) as days,
        date_diff(
            'day', lag(charged_on) over (partition by person_id, kp_id order by charged_at, line_id), charged_on
        ) as gap_days
    from line
),

placed as (
    select
        covered.*,
        case time_window
            when 'stay' then encounter_id
            when 'encounter' then encounter_id
            when 'year' then cast(extract(year from charged_on) as varchar)
            when 'lifetime' then ''
            else cast(cast(sum(case when gap_days >= $episode_gap_days then 1 else 0 end) over (
                partition by person_id, kp_id order by charged_at, line_id
                rows between unbounded preceding and current row
            ) as bigint) as varchar)
        end as course
    from covered
),

counted as (
    select
        person_id || '|' || kp_id || '|' || course as finding_key,
        placed.*,
        case
            when course_mode = 'span_from_first'
                then date_diff('day', min(charged_on) over whole, charged_on) + days
            else cast(sum(days) over (
                partition by person_id, kp_id, course order by charged_at, line_id
                rows between unbounded preceding and current row
            ) as bigint)
        end as running_days,
        max(charged_at) over whole as last_at
    from placed
    window whole as (partition by person_id, kp_id, course)
),

excess as (
    select
        counted.*,
        max(running_days) over (partition by finding_key) as total_days,
        least(greatest(days, 1), greatest(running_days - course_days, 0)) as excess_days,
        row_number() over (partition by finding_key order by charged_at desc, line_id desc) as place,
        last_value(encounter_id) over whole as last_encounter_id,
        last_value(institution_id) over whole as last_institution_id,
        last_value(staff_id) over whole as last_staff_id
    from counted
    window whole as (
        partition by finding_key order by charged_at, line_id rows between unbounded preceding and unbounded following
    )
)

select
    finding_key, person_id, last_institution_id as institution_id, last_encounter_id as encounter_id,
    last_staff_id as staff_id, last_at as occurred_at,
    case when excess_days > 0 then 'past_course' else 'within' end as signal,
    case when excess_days > 0 then excess_days else days end as value,
    'charge_line' as ref_table, line_id as ref_id, kp_id,
    round_half_up(amount * excess_days, greatest(days, 1)) as amount,
    round_half_up(fund_amount * excess_days, greatest(days, 1)) as fund_amount
from excess
where total_days > course_days
union all
select
    finding_key, person_id, last_institution_id as institution_id, last_encounter_id as encounter_id,
    last_staff_id as staff_id, last_at as occurred_at, 'used_days' as signal, total_days as value,
    'encounter' as ref_table, last_encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from excess
where total_days > course_days and place = 1
union all
select
    finding_key, person_id, last_institution_id as institution_id, last_encounter_id as encounter_id,
    last_staff_id as staff_id, last_at as occurred_at, 'paid_days' as signal, course_days as value,
    'encounter' as ref_table, last_encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from excess
where total_days > course_days and place = 1
