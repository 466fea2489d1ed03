-- The watched drugs are knowledge points of their own class: a list with dates, not a limit.
with watched as (
    select item_code, min(kp_id) as kp_id, min(coalesce(valid_from, date '1900-01-01')) as valid_from
    from knowledge_point
    where status = 'compiled' and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
    group by item_code
),

purchase as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at, w.kp_id,
        date_diff('day', date '2000-01-01', cast(l.charged_at as date)) as on_day,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join watched as w on w.item_code = l.item_code
    join encounter as e on e.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and e.kind in ('11', '13', '14', '41')
        and cast(l.charged_at as date) >= w.valid_from
),

-- Persons who bought often enough at all; then each purchase with those of the days before it.
frequent as (
    select person_id, item_code
    from purchase
    group by person_id, item_code
    having count(*) > $most_purchases and count(distinct institution_id) > $most_institutions
),

crowded as (
    select
        b.line_id, count(distinct a.line_id) as purchases, count(distinct a.institution_id) as institutions
    from purchase as b
    join frequent as f on f.person_id = b.person_id and f.item_code = b.item_code
    join purchase as a
        on a.person_id = b.person_id
        and a.item_code = b.item_code
        and (a.charged_at < b.charged_at or (a.charged_at = b.charged_at and a.line_id <= b.line_id))
        and b.on_day - a.on_day < $window_days
    group by b.line_id
    having count(distinct a.line_id) > $most_purchases and count(distinct a.institution_id) > $most_institutions
),

finding as (
    select
        p.*, max(c.purchases) over w as purchases, max(c.institutions) over w as institutions,
        max(p.charged_at) over w as last_at,
        row_number() over (partition by p.person_id, p.item_code order by p.charged_at, p.line_id) as place
    from purchase as p
    join crowded as c on c.line_id = p.line_id
    window w as (partition by p.person_id, p.item_code)
)

select
    person_id || '|' || item_code as finding_key, person_id, institution_id, encounter_id, staff_id,
    last_at as occurred_at, 'bought' as signal, amount as value, 'charge_line' as ref_table,
    line_id as ref_id, kp_id, amount, fund_amount
from finding
union all
select
    person_id || '|' || item_code as finding_key, person_id, institution_id, encounter_id, staff_id,
    last_at as occurred_at, 'purchases' as signal, purchases as value, 'person' as ref_table,
    person_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from finding
where place = 1
union all
select
    person_id || '|' || item_code as finding_key, person_id, institution_id, encounter_id, staff_id,
    last_at as occurred_at, 'institutions' as signal, institutions as value, 'person' as ref_table,
    person_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from finding
where place = 1
