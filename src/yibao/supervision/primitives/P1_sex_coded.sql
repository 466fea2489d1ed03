-- P1 · A diagnosis or procedure limited to one sex is written for a person of the other.
-- Serves every knowledge point of the classes in $rule_classes whose target is a code; charge lines: P1_sex.
with point as (
    select kp_id, item_code, target, sex, valid_from, valid_to
    from knowledge_point
    where primitive = 'P1'
        and status = 'compiled'
        and target in ('diagnosis', 'procedure')
        and sex in ('1', '2')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- A point at a category (C61, operation 68.4) binds every code below it; prefixes of the few distinct codes keep this
-- an equality join.
written_code as (
    select distinct code, 'diagnosis' as target from diagnosis
    union all
    select distinct code, 'procedure' as target from procedure
),

prefix_length as (
    select 3 as characters union all select 4 union all select 5 union all select 7 union all select 99
),

bound_code as (
    select distinct w.code, w.target, p.kp_id, p.sex, p.valid_from, p.valid_to
    from written_code as w
    cross join prefix_length
    join point as p on p.item_code = substr(w.code, 1, prefix_length.characters) and p.target = w.target
),

coded as (
    select
        'diagnosis' as ref_table, d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, d.person_id,
        d.encounter_id, cast(null as timestamp) as done_at, b.kp_id, b.sex, b.valid_from, b.valid_to
    from diagnosis as d
    join bound_code as b on b.code = d.code and b.target = 'diagnosis'
    union all
    select
        'procedure' as ref_table, p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id, p.person_id,
        p.encounter_id, p.begin_at as done_at, b.kp_id, b.sex, b.valid_from, b.valid_to
    from procedure as p
    join bound_code as b on b.code = p.code and b.target = 'procedure'
),

-- Unknown sex proves nothing; nor does a registered sex that the person's own identity number contradicts (its 17th
-- digit is odd for men, even for women): that is a registration error for the quality laws.
mismatch as (
    select
        c.ref_table, c.ref_id, c.person_id, c.encounter_id, c.kp_id, c.sex, e.institution_id, e.staff_id,
        coalesce(c.done_at, e.admitted_at) as occurred_at
    from coded as c
    join encounter as e on e.encounter_id = c.encounter_id
    join person on person.person_id = c.person_id
    where cast(coalesce(c.done_at, e.admitted_at) as date) >= coalesce(c.valid_from, date '1900-01-01')
        and cast(coalesce(c.done_at, e.admitted_at) as date) < coalesce(c.valid_to, date '9999-12-31')
        -- spelt out: `<>` between two tables invites the engine to join every person with every point first
        and (
            (
                person.sex = '1' and c.sex = '2'
                and not coalesce(regexp_matches(person.id_number, '^[0-9]{16}[02468][0-9Xx]$'), false)
            )
            or (
                person.sex = '2' and c.sex = '1'
                and not coalesce(regexp_matches(person.id_number, '^[0-9]{16}[13579][0-9Xx]$'), false)
            )
        )
    -- two points may bind one code: it is one finding
    qualify row_number() over (partition by c.ref_table, c.ref_id order by c.kp_id) = 1
),

-- Patterns are tried on the few distinct codes, not on every diagnosis.
telling_code as (
    select
        code,
        regexp_matches(code, $sex_diagnoses) as is_undecided,
        regexp_matches(code, $birth_diagnoses) as is_birth
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $sex_diagnoses) or regexp_matches(code, $birth_diagnoses)
),

diagnosed as (
    select d.person_id, d.encounter_id, t.is_undecided, t.is_birth
    from diagnosis as d
    join telling_code as t on t.code = d.code
),

-- The newborn son is written into his mother's record: the encounter tells of a birth or of a newborn.
birth as (
    select encounter_id from diagnosed where is_birth
    union
    select encounter_id from list_detail where kind = 'newborn'
)

select
    m.ref_table || '|' || m.ref_id as finding_key,
    m.person_id,
    m.institution_id,
    m.encounter_id,
    m.staff_id,
    m.occurred_at,
    case m.sex when '1' then 'male_only' else 'female_only' end as signal,
    cast(null as bigint) as value,
    m.ref_table,
    m.ref_id,
    m.kp_id,
    0 as amount,
    0 as fund_amount
from mismatch as m
where not exists (select 1 from diagnosed as d where d.person_id = m.person_id and d.is_undecided)
    and not (m.sex = '1' and exists (select 1 from birth as b where b.encounter_id = m.encounter_id))
