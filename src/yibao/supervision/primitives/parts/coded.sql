-- Diagnoses and procedures that a knowledge point binds on their day. Before it stands `point`: kp_id, item_code,
-- target, valid_from, valid_to. A point at a category (C61, operation 68.4) binds every code below it; prefixes of the
-- few distinct codes keep this an equality join.
written_code as (
    select distinct code, 'diagnosis' as target from diagnosis
    union all
    select distinct code, 'procedure' as target from procedure
),

prefix_length as (
    select 3 as characters union all select 4 union all select 5 union all select 7 union all select 99
),

bound_code as (
    select distinct w.code, w.target, p.kp_id, p.item_code, p.valid_from, p.valid_to
    from written_code as w
    cross join prefix_length
    join point as p on p.item_code = substr(w.code, 1, prefix_length.characters) and p.target = w.target
),

bound as (
    select
        'diagnosis' as ref_table, d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, d.person_id,
        d.encounter_id, cast(null as timestamp) as done_at, b.kp_id, b.item_code, b.valid_from, b.valid_to
    from diagnosis as d
    join bound_code as b on b.code = d.code and b.target = 'diagnosis'
    union all
    select
        'procedure' as ref_table, p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id, p.person_id,
        p.encounter_id, p.begin_at as done_at, b.kp_id, b.item_code, b.valid_from, b.valid_to
    from procedure as p
    join bound_code as b on b.code = p.code and b.target = 'procedure'
),

coded as (
    select
        b.ref_table, b.ref_id, b.person_id, b.encounter_id, e.institution_id, e.staff_id, b.kp_id, b.item_code,
        coalesce(b.done_at, e.admitted_at) as occurred_at
    from bound as b
    join encounter as e on e.encounter_id = b.encounter_id
    where cast(coalesce(b.done_at, e.admitted_at) as date) >= coalesce(b.valid_from, date '1900-01-01')
        and cast(coalesce(b.done_at, e.admitted_at) as date) < coalesce(b.valid_to, date '9999-12-31')
),
