-- P8 · An item that is paid for some diseases is charged for a person in whom nothing tells of one of them.
-- Serves every knowledge point of the classes in $rule_classes by its diagnoses (relation `indication`, categories) and
-- the tests, drugs and operations that prove them (`evidence`); any one of them is enough. One finding per line.
with point as (
    select
        kp_id, item_code, valid_from, valid_to, max(coalesce(look_back_days, $look_back_days)) as look_back_days
    from knowledge_point
    where primitive = 'P8'
        and status = 'compiled'
        and relation in ('indication', 'evidence')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
    group by kp_id, item_code, valid_from, valid_to
),

proof as (
    select distinct kp_id, relation, other_target, other_item_code, coalesce(other_match, 'exact') as other_match
    from knowledge_point
    where primitive = 'P8' and status = 'compiled' and other_item_code <> ''
        and kp_id in (select kp_id from point)
),

indication as (
    select kp_id, other_item_code as prefix from proof where other_target = 'diagnosis'
),

proving_item as (
    select kp_id, other_item_code as item_code
    from proof
    where other_match = 'exact' and other_target in ('drug', 'service', 'consumable')
    union
    select p.kp_id, c.item_code
    from proof as p
    join catalogue_item as c on starts_with(c.item_code, p.other_item_code)
    where p.other_match = 'prefix' and p.other_target in ('drug', 'service', 'consumable')
),

-- What the patient pays alone is no claim.
line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.look_back_days
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and coalesce(l.not_covered_amount < l.amount, true)
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

-- An encounter that nobody has coded yet proves nothing (block H asks for the missing list).
coded as (
    select distinct encounter_id
    from diagnosis
    where encounter_id in (select encounter_id from line)
),

-- A diagnosis in any place of the encounter's own list.
told as (
    select distinct l.line_id, l.kp_id
    from line as l
    join diagnosis as d on d.encounter_id = l.encounter_id
    join indication as i on i.kp_id = l.kp_id and starts_with(d.code, i.prefix)
),

open_line as (
    select l.*
    from line as l
    where l.encounter_id in (select encounter_id from coded)
        and not exists (select 1 from told as t where t.line_id = l.line_id and t.kp_id = l.kp_id)
),

-- Elsewhere and earlier: coded at another encounter, certified for special outpatient care, or proved.
proved as (
    select o.line_id, o.kp_id
    from open_line as o
    join diagnosis as d on d.person_id = o.person_id
    join indication as i on i.kp_id = o.kp_id and starts_with(d.code, i.prefix)
    join encounter as e on e.encounter_id = d.encounter_id
    where e.admitted_at <= o.charged_at
        and date_diff('day', cast(e.admitted_at as date), cast(o.charged_at as date)) <= $history_days
    union
    select o.line_id, o.kp_id
    from open_line as o
    join chronic_certificate as c on c.person_id = o.person_id
    join indication as i on i.kp_id = o.kp_id and starts_with(c.disease_code, i.prefix)
    where cast(o.charged_at as date) >= coalesce(c.begin_date, date '1900-01-01')
        and cast(o.charged_at as date) < coalesce(c.end_date, date '9999-12-31')
    union
    select o.line_id, o.kp_id
    from open_line as o
    join charge_line as l on l.person_id = o.person_id and l.reversed_line_id is null
    join proving_item as p on p.kp_id = o.kp_id and p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.line_id <> o.line_id
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) <= cast(o.charged_at as date)
        and date_diff('day', cast(l.charged_at as date), cast(o.charged_at as date)) <= o.look_back_days
    union
    select o.line_id, o.kp_id
    from open_line as o
    join procedure as q on q.encounter_id = o.encounter_id
    join proof as p on p.kp_id = o.kp_id and p.other_target = 'procedure' and starts_with(q.code, p.other_item_code)
),

finding as (
    select o.*
    from open_line as o
    where not exists (select 1 from proved as p where p.line_id = o.line_id and p.kp_id = o.kp_id)
    qualify row_number() over (partition by o.line_id order by o.kp_id) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'not_indicated' as signal, cast(null as bigint) as value, 'charge_line' as ref_table, line_id as ref_id, kp_id,
    amount, fund_amount
from finding
union all
-- what the encounter's list does say, for the reviewer
select
    f.line_id as finding_key, f.person_id, f.institution_id, f.encounter_id, f.staff_id, f.charged_at as occurred_at,
    'diagnosed' as signal, d.sequence as value, 'diagnosis' as ref_table,
    d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, f.kp_id, 0 as amount, 0 as fund_amount
from finding as f
join diagnosis as d on d.encounter_id = f.encounter_id
