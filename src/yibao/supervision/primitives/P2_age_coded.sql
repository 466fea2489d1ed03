-- P2 · A diagnosis or procedure that belongs to one age is written for a person of another.
-- Serves every knowledge point of the classes in $rule_classes whose target is a code; charge lines: P2_age.
with point as (
    select
        kp_id, item_code, target, valid_from, valid_to,
        coalesce(age_from_days, 0) as age_from_days,
        coalesce(age_to_days, 73000) as age_to_days
    from knowledge_point
    where primitive = 'P2'
        and status = 'compiled'
        and target in ('diagnosis', 'procedure')
        and (age_from_days is not null or age_to_days is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- A limit of whole years is kept as days; the birthday decides, not a count of days that leap years shift. A number
-- between 365 n and 366 n (n >= 1) means n years, anything else means days.
limited as (
    select
        kp_id, item_code, target, valid_from, valid_to, age_from_days, age_to_days,
        case
            when age_from_days >= 365 and age_from_days <= 366 * (age_from_days // 365) then age_from_days // 365
        end as from_years,
        case
            when age_to_days >= 365 and age_to_days <= 366 * (age_to_days // 365) then age_to_days // 365
        end as to_years
    from point
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
    select distinct
        w.code, w.target, p.kp_id, p.valid_from, p.valid_to, p.age_from_days, p.age_to_days, p.from_years, p.to_years
    from written_code as w
    cross join prefix_length
    join limited as p on p.item_code = substr(w.code, 1, prefix_length.characters) and p.target = w.target
),

coded as (
    select
        'diagnosis' as ref_table, d.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, d.person_id,
        d.encounter_id, cast(null as timestamp) as done_at, b.kp_id, b.valid_from, b.valid_to, b.age_from_days,
        b.age_to_days, b.from_years, b.to_years
    from diagnosis as d
    join bound_code as b on b.code = d.code and b.target = 'diagnosis'
    union all
    select
        'procedure' as ref_table, p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id, p.person_id,
        p.encounter_id, p.begin_at as done_at, b.kp_id, b.valid_from, b.valid_to, b.age_from_days,
        b.age_to_days, b.from_years, b.to_years
    from procedure as p
    join bound_code as b on b.code = p.code and b.target = 'procedure'
),

placed as (
    select
        c.ref_table, c.ref_id, c.person_id, c.encounter_id, c.kp_id, c.valid_from, c.valid_to, c.age_from_days,
        c.age_to_days, c.from_years, c.to_years, e.institution_id, e.staff_id,
        coalesce(c.done_at, e.admitted_at) as occurred_at
    from coded as c
    join encounter as e on e.encounter_id = c.encounter_id
),

-- Age in days, and in completed years by the calendar (20260301 - 20080302 = 179999: seventeen).
aged as (
    select
        p.ref_table, p.ref_id, p.person_id, p.encounter_id, p.kp_id, p.age_from_days, p.age_to_days, p.from_years,
        p.to_years, p.institution_id, p.staff_id, p.occurred_at, person.sex,
        date_diff('day', person.birth_date, cast(p.occurred_at as date)) as age_days,
        (
            extract(year from p.occurred_at) * 10000 + extract(month from p.occurred_at) * 100
            + extract(day from p.occurred_at)
            - extract(year from person.birth_date) * 10000 - extract(month from person.birth_date) * 100
            - extract(day from person.birth_date)
        ) // 10000 as age_years
    from placed as p
    join person on person.person_id = p.person_id
    where cast(p.occurred_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(p.occurred_at as date) < coalesce(p.valid_to, date '9999-12-31')
        and person.birth_date <= cast(p.occurred_at as date)
),

outside as (
    select *
    from aged
    where (
            case when from_years is not null then age_years < from_years else age_days < age_from_days end
            or case when to_years is not null then age_years >= to_years else age_days >= age_to_days end
        )
    -- two points may bind one code: it is one finding
    qualify row_number() over (partition by ref_table, ref_id order by kp_id) = 1
),

-- Patterns are tried on the few distinct codes, not on every diagnosis.
birth_code as (
    select code
    from (select distinct code from diagnosis) as each_code
    where regexp_matches(code, $birth_diagnoses)
),

-- The newborn is written into the mother's record: the encounter tells of a birth or of a newborn.
birth as (
    select encounter_id from diagnosis where code in (select code from birth_code)
    union
    select encounter_id from list_detail where kind = 'newborn'
)

select
    o.ref_table || '|' || o.ref_id as finding_key,
    o.person_id,
    o.institution_id,
    o.encounter_id,
    o.staff_id,
    o.occurred_at,
    case when o.age_years >= 1 then 'age_years' else 'age_days' end as signal,
    case when o.age_years >= 1 then o.age_years else o.age_days end as value,
    o.ref_table,
    o.ref_id,
    o.kp_id,
    0 as amount,
    0 as fund_amount
from outside as o
where not (
    o.age_to_days <= 366
    and o.sex = '2'
    and exists (select 1 from birth as b where b.encounter_id = o.encounter_id)
)
