-- D01 · An examination is ordered or charged while an earlier result still answers it: an equal one inside its
-- recognition window, or a related one (same organ or question). A draft order is a charge line not yet charged.
with exam_item as (
    select
        item_code, min(exam_class) as exam_class, min(coalesce(equal_window_days, 0)) as equal_window_days,
        min(coalesce(valid_from, date '1900-01-01')) as valid_from,
        max(coalesce(valid_to, date '9999-12-31')) as valid_to
    from exam_class
    group by item_code
),

exam_group as (
    select
        item_code, exam_class, related_group,
        coalesce(related_window_days, $related_window_days) as related_window_days,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from exam_class
    where related_group <> ''
),

-- Lines of examinations only, net of refunds.
ordered as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.order_id, l.charged_at,
        cast(l.charged_at as date) as charged_on,
        l.amount + coalesce(r.amount, 0) as amount,
        exam_item.exam_class, exam_item.equal_window_days
    from charge_line as l
    join exam_item on exam_item.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= exam_item.valid_from
        and cast(l.charged_at as date) < exam_item.valid_to
),

-- Results that a doctor could have opened: final, readable, and reported before the order.
result as (
    select
        r.report_id, r.person_id, r.institution_id, r.encounter_id, r.item_code, r.order_id, r.examined_at,
        cast(r.examined_at as date) as examined_on,
        coalesce(r.reported_at, r.examined_at) as available_at,
        r.recognition_mark, r.recognition_scope,
        exam_item.exam_class
    from exam_report as r
    join exam_item on exam_item.item_code = r.item_code
    where r.status = 'final'
        and coalesce(r.quality_ok, true)
),

-- Equal: same class, inside the window of the class. A class without a window changes too fast to be recognised.
equal_pair as (
    select
        o.line_id, o.institution_id as here_id, e.report_id, e.institution_id as there_id, e.recognition_mark,
        e.recognition_scope, date_diff('day', e.examined_on, o.charged_on) as days
    from ordered as o
    join result as e on e.person_id = o.person_id and e.exam_class = o.exam_class
    where o.equal_window_days > 0
        and e.available_at < o.charged_at
        and date_diff('day', e.examined_on, o.charged_on) between 0 and o.equal_window_days
        and coalesce(e.order_id <> o.order_id, true)
        -- in one encounter only the order tells a repeat from the report of this very line
        and (coalesce(e.encounter_id <> o.encounter_id, true) or (e.order_id is not null and o.order_id is not null))
),

-- The mark must cover the place of the new order; an institution recognises its own results without one.
recognised_pair as (
    select p.line_id, p.report_id, p.days
    from equal_pair as p
    left join institution as here on here.institution_id = p.here_id
    left join institution as there on there.institution_id = p.there_id
    where p.here_id = p.there_id
        or (p.recognition_mark is null and not $require_mark)
        or p.recognition_mark = '全国HR'
        or (
            p.recognition_mark is not null
            and starts_with(
                here.region_code,
                coalesce(
                    p.recognition_scope,
                    substr(there.region_code, 1, case p.recognition_mark when '省HR' then 2 when '市HR' then 4 else 6 end)
                )
            )
        )
),

-- Related: another class of the same group, in another encounter. Information for the doctor, so it needs no mark.
related_pair as (
    select o.line_id, e.report_id, date_diff('day', e.examined_on, o.charged_on) as days
    from ordered as o
    join exam_group as mine
        on mine.item_code = o.item_code and o.charged_on >= mine.valid_from and o.charged_on < mine.valid_to
    join exam_group as other on other.related_group = mine.related_group and other.exam_class <> mine.exam_class
    join result as e on e.person_id = o.person_id and e.item_code = other.item_code
    where e.available_at < o.charged_at
        and date_diff('day', e.examined_on, o.charged_on) between 0 and mine.related_window_days
        and coalesce(e.order_id <> o.order_id, true)
        and coalesce(e.encounter_id <> o.encounter_id, true)
),

-- One earlier result speaks for the line: an equal one before a related one, then the newest.
best as (
    select line_id, report_id, days, signal
    from (
        select line_id, report_id, days, 'equal' as signal, 1 as rank from recognised_pair
        union all
        select line_id, report_id, days, 'related' as signal, 2 as rank from related_pair
    ) as pair
    qualify row_number() over (partition by line_id order by rank, days, report_id desc) = 1
),

-- The doctor wrote the reason on the order, or gave it to the reminder.
justified as (
    select order_id from medical_order where override_reason is not null
    union
    select order_id from reminder_answer where law_id = 'D01' and outcome = 'overridden' and reason_code is not null
),

-- Emergencies repeat what they must (互认办法 Art. 19).
finding as (
    select o.line_id, o.person_id, o.institution_id, o.encounter_id, o.staff_id, o.charged_at, o.amount, best.report_id,
        best.days, best.signal
    from best
    join ordered as o on o.line_id = best.line_id
    left join encounter as e on e.encounter_id = o.encounter_id
    left join justified on justified.order_id = o.order_id
    where justified.order_id is null
        and coalesce(e.kind, '') <> '13'
)

select
    line_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    charged_at as occurred_at,
    signal,
    days as value,
    'exam_report' as ref_table,
    report_id as ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from finding
union all
select
    line_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    charged_at as occurred_at,
    'repeated' as signal,
    cast(null as bigint) as value,
    'charge_line' as ref_table,
    line_id as ref_id,
    cast(null as varchar) as kp_id,
    amount,
    0 as fund_amount
from finding
