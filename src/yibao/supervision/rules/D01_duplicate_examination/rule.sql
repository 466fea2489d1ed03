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

-- Which reported codes answer which ordered ones, and for how long. Equal: same class; a class without a window changes
-- too fast to be recognised. Related: another class of the same group.
answer as (
    select
        mine.item_code as ordered_code, other.item_code as reported_code, 'equal' as signal, 1 as rank,
        mine.equal_window_days as window_days, mine.valid_from, mine.valid_to
    from exam_item as mine
    join exam_item as other on other.exam_class = mine.exam_class
    where mine.equal_window_days > 0
    union all
    select
        mine.item_code as ordered_code, other.item_code as reported_code, 'related' as signal, 2 as rank,
        mine.related_window_days as window_days, mine.valid_from, mine.valid_to
    from exam_group as mine
    join exam_group as other on other.related_group = mine.related_group and other.exam_class <> mine.exam_class
),

-- Lines of examinations that an earlier result may answer.
ordered as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at,
        l.quantity, l.amount, answer.reported_code, answer.signal, answer.rank, answer.window_days
    from charge_line as l
    join answer
        on answer.ordered_code = l.item_code
        and cast(l.charged_at as date) >= answer.valid_from and cast(l.charged_at as date) < answer.valid_to
    where l.reversed_line_id is null
),

-- Results that a doctor could have opened: final, readable, and reported before the order.
pair as (
    select
        o.line_id, o.person_id, o.institution_id, o.encounter_id, o.staff_id, o.order_id, o.charged_at, o.quantity,
        o.amount, o.signal, o.rank, e.report_id, e.institution_id as there_id, e.recognition_mark, e.recognition_scope,
        date_diff('day', cast(e.examined_at as date), cast(o.charged_at as date)) as days
    from ordered as o
    join exam_report as e on e.person_id = o.person_id and e.item_code = o.reported_code
    where e.status = 'final'
        and coalesce(e.quality_ok, true)
        and coalesce(e.reported_at, e.examined_at) < o.charged_at
        and date_diff('day', cast(e.examined_at as date), cast(o.charged_at as date)) between 0 and o.window_days
        and coalesce(e.order_id <> o.order_id, true)
        -- in one encounter only the order tells a repeat from the report of this very line
        and (
            coalesce(e.encounter_id <> o.encounter_id, true)
            or (o.signal = 'equal' and e.order_id is not null and o.order_id is not null)
        )
),

-- The mark of an equal result must cover the place of the new order; an institution recognises its own without one. A
-- related result is information for the doctor and needs no mark.
usable_pair as (
    select
        p.line_id, p.person_id, p.institution_id, p.encounter_id, p.staff_id, p.order_id, p.charged_at, p.quantity,
        p.amount, p.signal, p.rank, p.report_id, p.days
    from pair as p
    left join institution as here on here.institution_id = p.institution_id
    left join institution as there on there.institution_id = p.there_id
    where p.signal = 'related'
        or p.institution_id = p.there_id
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

-- One earlier result speaks for the line: an equal one before a related one, then the newest.
best as (
    select
        line_id, person_id, institution_id, encounter_id, staff_id, order_id, charged_at, quantity, amount, report_id,
        days, signal
    from usable_pair
    qualify row_number() over (partition by line_id order by rank, days, report_id desc) = 1
),

-- The doctor wrote the reason on the order, or gave it to the reminder.
justified as (
    select order_id from medical_order where override_reason is not null
    union
    select order_id from reminder_answer where law_id = 'D01' and outcome = 'overridden' and reason_code is not null
),

-- What was refunded was not repeated. Emergencies repeat what they must (互认办法 Art. 19).
finding as (
    select
        best.line_id, best.person_id, best.institution_id, best.encounter_id, best.staff_id, best.charged_at,
        best.amount + coalesce(r.amount, 0) as amount, best.report_id, best.days, best.signal
    from best
    left join charge_reversal as r on r.line_id = best.line_id
    left join encounter as e on e.encounter_id = best.encounter_id
    left join justified on justified.order_id = best.order_id
    where best.quantity + coalesce(r.quantity, 0) > 0
        and justified.order_id is null
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
