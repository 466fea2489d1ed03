-- P7 · An item is charged where it may not be: the institution is of too low a level, the care of another kind, the
-- department or the doctor's title not one that may order it, or the visit was over the internet.
-- Serves every knowledge point of the classes in $rule_classes; of its conditions those that it states. One finding per
-- line.
with point as (
    select kp_id, item_code, level_from, care_kinds, online_allowed, departments, staff_titles, first_fill_only,
        valid_from, valid_to
    from knowledge_point
    where primitive = 'P7'
        and status = 'compiled'
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- What the patient pays alone is no claim.
line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.department, l.charged_at,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.level_from, p.care_kinds, p.online_allowed, p.departments, p.staff_titles, p.first_fill_only
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and coalesce(l.not_covered_amount < l.amount, true)
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

-- Where local rules let a branch of an alliance count as its lead hospital, the highest level of the group decides.
group_level as (
    select group_id, max(level) as level from institution where group_id is not null group by group_id
),

place as (
    select
        i.institution_id,
        case when $alliance_counts then coalesce(g.level, i.level) else i.level end as level
    from institution as i
    left join group_level as g on g.group_id = i.group_id
),

placed as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at, l.amount, l.fund_amount,
        l.kp_id, l.level_from, l.care_kinds, l.online_allowed, l.departments, l.staff_titles, l.first_fill_only,
        p.level, e.kind, e.is_online, coalesce(l.department, e.department) as ordered_in, s.title
    from line as l
    join encounter as e on e.encounter_id = l.encounter_id
    left join place as p on p.institution_id = l.institution_id
    left join staff as s on s.staff_id = l.staff_id
),

-- The level may bind the first prescription only: the person had the item before where the level is reached.
started as (
    select person_id, kp_id, min(charged_at) as started_at
    from placed
    where first_fill_only and level >= level_from
    group by person_id, kp_id
),

judged as (
    select
        p.line_id, p.person_id, p.institution_id, p.encounter_id, p.staff_id, p.charged_at, p.amount, p.fund_amount,
        p.kp_id,
        case
            when p.level < p.level_from and not coalesce(p.first_fill_only and s.started_at < p.charged_at, false)
                then 'level'
            when p.is_online and not p.online_allowed then 'online'
            when strpos('|' || p.care_kinds || '|', '|' || p.kind || '|') = 0 then 'care_kind'
            when strpos('|' || p.departments || '|', '|' || p.ordered_in || '|') = 0 then 'department'
            when strpos('|' || p.staff_titles || '|', '|' || p.title || '|') = 0 then 'staff_title'
        end as signal,
        cast(nullif(p.level, '') as bigint) as level
    from placed as p
    left join started as s on s.person_id = p.person_id and s.kp_id = p.kp_id
),

finding as (
    select *
    from judged
    where signal is not null
    qualify row_number() over (partition by line_id order by kp_id) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at, signal,
    case when signal = 'level' then level end as value, 'charge_line' as ref_table, line_id as ref_id, kp_id,
    amount, fund_amount
from finding
