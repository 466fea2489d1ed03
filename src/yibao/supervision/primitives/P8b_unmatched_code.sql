-- P8b · What the list says and what was done disagree: a diagnosis of a stay without any item, drug or operation that
-- goes with it (target diagnosis, relation `evidence`), or a main operation that does not go with the main diagnosis
-- (target procedure, relation `indication`). Serves every knowledge point of the classes in $rule_classes; one finding
-- per diagnosis or operation.
with point as (
    select distinct kp_id, item_code as prefix, target, valid_from, valid_to
    from knowledge_point
    where primitive = 'P8b'
        and status = 'compiled'
        and target in ('diagnosis', 'procedure')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

proof as (
    select distinct kp_id, other_target, other_item_code, coalesce(other_match, 'exact') as other_match
    from knowledge_point
    where primitive = 'P8b' and status = 'compiled' and other_item_code <> ''
        and kp_id in (select kp_id from point)
),

-- Prefixes are tried on the few distinct codes.
bound_diagnosis as (
    select c.code, p.kp_id, p.valid_from, p.valid_to
    from (select distinct code from diagnosis) as c
    join point as p on p.target = 'diagnosis' and starts_with(c.code, p.prefix)
),

bound_operation as (
    select c.code, p.kp_id, p.valid_from, p.valid_to
    from (select distinct code from procedure) as c
    join point as p on p.target = 'procedure' and starts_with(c.code, p.prefix)
),

stay as (
    select encounter_id, person_id, institution_id, staff_id, main_diagnosis, discharged_at
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at is not null
),

written as (
    select
        'diagnosis' as ref_table, d.encounter_id, d.sequence, b.kp_id, s.person_id, s.institution_id, s.staff_id,
        s.main_diagnosis, s.discharged_at
    from diagnosis as d
    join bound_diagnosis as b on b.code = d.code
    join stay as s on s.encounter_id = d.encounter_id
    where cast(s.discharged_at as date) >= coalesce(b.valid_from, date '1900-01-01')
        and cast(s.discharged_at as date) < coalesce(b.valid_to, date '9999-12-31')
    union all
    select
        'procedure' as ref_table, q.encounter_id, q.sequence, b.kp_id, s.person_id, s.institution_id, s.staff_id,
        s.main_diagnosis, s.discharged_at
    from procedure as q
    join bound_operation as b on b.code = q.code
    join stay as s on s.encounter_id = q.encounter_id
    where q.is_main
        and s.main_diagnosis is not null
        and cast(s.discharged_at as date) >= coalesce(b.valid_from, date '1900-01-01')
        and cast(s.discharged_at as date) < coalesce(b.valid_to, date '9999-12-31')
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

matched as (
    select w.ref_table, w.encounter_id, w.sequence, w.kp_id
    from written as w
    join charge_line as l on l.encounter_id = w.encounter_id and l.reversed_line_id is null
    join proving_item as p on p.kp_id = w.kp_id and p.item_code = l.item_code
    where w.ref_table = 'diagnosis'
    union
    select w.ref_table, w.encounter_id, w.sequence, w.kp_id
    from written as w
    join procedure as q on q.encounter_id = w.encounter_id
    join proof as p on p.kp_id = w.kp_id and p.other_target = 'procedure' and starts_with(q.code, p.other_item_code)
    where w.ref_table = 'diagnosis'
    union
    select w.ref_table, w.encounter_id, w.sequence, w.kp_id
    from written as w
    join proof as p
        on p.kp_id = w.kp_id and p.other_target = 'diagnosis' and starts_with(w.main_diagnosis, p.other_item_code)
    where w.ref_table = 'procedure'
)

select
    w.ref_table || '|' || w.encounter_id || '|' || cast(w.sequence as varchar) as finding_key,
    w.person_id, w.institution_id, w.encounter_id, w.staff_id, w.discharged_at as occurred_at,
    case w.ref_table when 'diagnosis' then 'nothing_done' else 'other_operation' end as signal,
    cast(null as bigint) as value, w.ref_table,
    w.encounter_id || '|' || cast(w.sequence as varchar) as ref_id, w.kp_id, 0 as amount, 0 as fund_amount
from written as w
where not exists (
    select 1
    from matched as m
    where m.ref_table = w.ref_table
        and m.encounter_id = w.encounter_id
        and m.sequence = w.sequence
        and m.kp_id = w.kp_id
)
qualify row_number() over (partition by w.ref_table, w.encounter_id, w.sequence order by w.kp_id) = 1
