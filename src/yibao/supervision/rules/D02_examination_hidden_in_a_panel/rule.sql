-- Panels and the tests inside them: what the content clauses say (the pairs of duplicate charging), for how long a result
-- of the test answers.
with inside as (
    select
        k.item_code as panel_code, k.other_item_code as test_code, min(k.kp_id) as kp_id,
        min(coalesce(k.valid_from, date '1900-01-01')) as valid_from,
        max(coalesce(k.valid_to, date '9999-12-31')) as valid_to
    from knowledge_point as k
    where k.primitive = 'P3'
        and k.status = 'compiled'
        and k.rule_class = '医疗服务项目重复收费'
        and k.item_code in (select item_code from exam_class)
        and k.other_item_code in (select item_code from exam_class)
    group by k.item_code, k.other_item_code
),

-- A panel and its test of one class would be a plain repeat (D01).
class_of as (
    select item_code, min(exam_class) as exam_class, min(coalesce(equal_window_days, 0)) as window_days
    from exam_class
    group by item_code
),

answer as (
    select
        i.panel_code, i.kp_id, i.valid_from, i.valid_to, other.item_code as reported_code, t.window_days
    from inside as i
    join class_of as t on t.item_code = i.test_code
    join class_of as p on p.item_code = i.panel_code and p.exam_class <> t.exam_class
    join class_of as other on other.exam_class = t.exam_class
    where t.window_days > 0
),

panel as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.charged_at,
        l.amount + coalesce(r.amount, 0) as amount, a.kp_id, a.reported_code, a.window_days
    from charge_line as l
    join answer as a
        on a.panel_code = l.item_code
        and cast(l.charged_at as date) >= a.valid_from and cast(l.charged_at as date) < a.valid_to
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null and l.quantity + coalesce(r.quantity, 0) > 0
),

-- Results that a doctor could have opened, and whose mark covers this place.
known as (
    select
        p.line_id, p.person_id, p.institution_id, p.encounter_id, p.staff_id, p.order_id, p.charged_at, p.amount,
        p.kp_id, x.report_id,
        date_diff('day', cast(x.examined_at as date), cast(p.charged_at as date)) as days
    from panel as p
    join exam_report as x on x.person_id = p.person_id and x.item_code = p.reported_code
    left join institution as here on here.institution_id = p.institution_id
    left join institution as there on there.institution_id = x.institution_id
    where x.status = 'final'
        and coalesce(x.quality_ok, true)
        and coalesce(x.reported_at, x.examined_at) < p.charged_at
        and coalesce(x.encounter_id <> p.encounter_id, true)
        and date_diff('day', cast(x.examined_at as date), cast(p.charged_at as date)) between 0 and p.window_days
        and (
            p.institution_id = x.institution_id
            or (x.recognition_mark is null and not $require_mark)
            or x.recognition_mark = '全国HR'
            or (
                x.recognition_mark is not null
                and starts_with(
                    here.region_code,
                    coalesce(
                        x.recognition_scope,
                        substr(
                            there.region_code, 1,
                            case x.recognition_mark when '省HR' then 2 when '市HR' then 4 else 6 end
                        )
                    )
                )
            )
        )
    qualify row_number() over (
        partition by p.line_id
        order by date_diff('day', cast(x.examined_at as date), cast(p.charged_at as date)), x.report_id desc
    ) = 1
),

justified as (
    select order_id from medical_order where override_reason is not null
    union
    select order_id from reminder_answer where law_id = 'D02' and outcome = 'overridden' and reason_code is not null
),

finding as (
    select k.*
    from known as k
    where not exists (select 1 from justified as j where j.order_id = k.order_id)
        and k.encounter_id not in (select encounter_id from encounter where kind = '13')
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'contained_result' as signal, days as value, 'exam_report' as ref_table, report_id as ref_id, kp_id, 0 as amount,
    0 as fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'panel' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, line_id as ref_id, kp_id, amount,
    0 as fund_amount
from finding
