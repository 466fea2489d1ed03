-- E07 · Records of one person that cannot be of one body: an organ removed twice or at work after its removal,
-- diagnoses or operations of both sexes, diagnoses of ages that exclude each other, two blood groups, an adult's height
-- that changes. Encounters are compared with each other, whatever the register says of the person.
-- Procedure codes are ICD-9-CM-3, diagnoses ICD-10, as the insurance edition writes them.
with organ as (
    select 'appendix' as organ, 'removed' as what, '47.0' as prefix
    union all select 'appendix', 'removed', '47.1'
    union all select 'gallbladder', 'removed', '51.22'
    union all select 'gallbladder', 'removed', '51.23'
    union all select 'uterus', 'removed', '68.3'
    union all select 'uterus', 'removed', '68.4'
    union all select 'uterus', 'removed', '68.5'
    union all select 'uterus', 'removed', '68.6'
    union all select 'uterus', 'removed', '68.7'
    union all select 'uterus', 'removed', '68.8'
    union all select 'uterus', 'removed', '68.9'
    union all select 'uterus', 'at_work', '69.0'
    union all select 'uterus', 'at_work', '74'
    union all select 'spleen', 'removed', '41.5'
    union all select 'stomach', 'removed', '43.9'
    union all select 'prostate', 'removed', '60.5'
    union all select 'prostate', 'at_work', '60.2'
    union all select 'prostate', 'at_work', '60.6'
    union all select 'appendix', 'illness', 'K35'
    union all select 'appendix', 'illness', 'K37'
    union all select 'gallbladder', 'illness', 'K80.0'
    union all select 'gallbladder', 'illness', 'K81'
    union all select 'uterus', 'illness', 'O'
    union all select 'spleen', 'illness', 'D73.3'
    union all select 'stomach', 'illness', 'K25'
    union all select 'prostate', 'illness', 'N40'
),

operation as (
    select p.encounter_id, p.person_id, o.organ, o.what, coalesce(p.begin_at, e.admitted_at) as done_at,
        e.institution_id, e.staff_id
    from procedure as p
    join organ as o on o.what <> 'illness' and starts_with(p.code, o.prefix)
    join encounter as e on e.encounter_id = p.encounter_id
    where coalesce(p.begin_at, e.admitted_at) <= $as_of
),

removal as (
    select encounter_id, person_id, organ, done_at
    from operation
    where what = 'removed'
),

-- The same organ again, in another encounter some days later: a second look within days is one treatment.
again as (
    select
        o.encounter_id, o.person_id, o.institution_id, o.staff_id, o.done_at, r.encounter_id as earlier_id,
        'organ_again' as signal, date_diff('day', cast(r.done_at as date), cast(o.done_at as date)) as value
    from removal as r
    join operation as o on o.person_id = r.person_id and o.organ = r.organ
    where o.encounter_id <> r.encounter_id
        and date_diff('day', cast(r.done_at as date), cast(o.done_at as date)) > $second_look_days
    union all
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at as done_at, r.encounter_id as earlier_id,
        'organ_ill' as signal, date_diff('day', cast(r.done_at as date), cast(e.admitted_at as date)) as value
    from removal as r
    join organ as o on o.organ = r.organ and o.what = 'illness'
    join encounter as e
        on e.person_id = r.person_id
        and e.kind in ('21', '22', '23', '24', '52')
        and starts_with(e.main_diagnosis, o.prefix)
    where e.encounter_id <> r.encounter_id
        and e.admitted_at <= $as_of
        and date_diff('day', cast(r.done_at as date), cast(e.admitted_at as date)) > $second_look_days
),

-- What the code list limits to a sex or an age; of several versions the widest limit.
bound_code as (
    select
        code, case when min(coalesce(sex, '')) = max(coalesce(sex, '')) then max(sex) end as sex,
        min(coalesce(age_from_days, 0)) as age_from_days, max(coalesce(age_to_days, 73000)) as age_to_days
    from code_diagnosis
    where sex is not null or age_from_days is not null or age_to_days is not null
    group by code
),

-- A mother's record may carry her newborn's diagnosis: on the bill of the birth, and for some weeks after it.
birth as (
    select d.person_id, cast(e.admitted_at as date) as born_on
    from (select distinct encounter_id, person_id from diagnosis where regexp_matches(code, $birth_diagnoses)) as d
    join encounter as e on e.encounter_id = d.encounter_id
),

-- At a counter a relative may be served; diagnoses are compared where a doctor saw the patient.
diagnosed as (
    select
        d.person_id, d.encounter_id, b.sex, e.admitted_at as done_at, e.institution_id, e.staff_id,
        date_diff('day', date '1900-01-01', cast(e.admitted_at as date)) - b.age_from_days as born_to,
        date_diff('day', date '1900-01-01', cast(e.admitted_at as date)) - b.age_to_days as born_after
    from bound_code as b
    join diagnosis as d on d.code = b.code
    join encounter as e on e.encounter_id = d.encounter_id
    where e.kind <> '41'
        and e.admitted_at <= $as_of
        and not (
            b.age_to_days <= 366
            and exists (
                select 1 from birth as n
                where n.person_id = d.person_id
                    and date_diff('day', n.born_on, cast(e.admitted_at as date)) between 0 and $newborn_days
            )
        )
),

-- Few people have diagnoses of two ages at all: only theirs are compared in pairs.
ageless as (
    select person_id, cast(max(born_after) as bigint) as born_after, cast(min(born_to) as bigint) as born_to
    from diagnosed
    group by person_id
    having max(born_after) >= min(born_to) + $age_slack_days
),

both_ages as (
    select
        b.encounter_id, b.person_id, b.institution_id, b.staff_id, b.done_at, a.encounter_id as earlier_id,
        'both_ages' as signal, (greatest(a.born_after, b.born_after) - least(a.born_to, b.born_to)) // 365 as value
    from ageless as p
    join diagnosed as a on a.person_id = p.person_id
    join diagnosed as b on b.person_id = a.person_id and b.encounter_id <> a.encounter_id and b.done_at >= a.done_at
    where greatest(a.born_after, b.born_after) >= least(a.born_to, b.born_to) + $age_slack_days
),

-- Of one sex in one encounter and of the other in another.
sexed as (
    select p.person_id, p.encounter_id, c.sex, coalesce(p.begin_at, e.admitted_at) as done_at, e.institution_id, e.staff_id
    from code_procedure as c
    join procedure as p on p.code = c.code
    join encounter as e on e.encounter_id = p.encounter_id
    where c.sex in ('1', '2') and coalesce(p.begin_at, e.admitted_at) <= $as_of
    union
    select person_id, encounter_id, sex, done_at, institution_id, staff_id from diagnosed where sex in ('1', '2')
),

both_sexes as (
    select
        b.encounter_id, b.person_id, b.institution_id, b.staff_id, b.done_at, a.encounter_id as earlier_id,
        'both_sexes' as signal, date_diff('day', cast(a.done_at as date), cast(b.done_at as date)) as value
    from sexed as a
    join sexed as b on b.person_id = a.person_id and b.sex <> a.sex and b.encounter_id <> a.encounter_id
    where b.done_at >= a.done_at
),

measured as (
    select
        l.person_id, x.encounter_id, x.examined_at, e.institution_id, e.staff_id, upper(trim(l.value)) as value,
        regexp_matches(l.analyte, $height_analyte) as is_height
    from lab_result as l
    join exam_report as x on x.report_id = l.report_id
    join encounter as e on e.encounter_id = x.encounter_id
    where (
            (regexp_matches(l.analyte, $blood_group_analyte) and regexp_matches(upper(trim(l.value)), '^(A|B|O|AB)型?$'))
            or (regexp_matches(l.analyte, $height_analyte) and regexp_matches(trim(l.value), '^1[0-9][0-9]$'))
        )
        and coalesce(x.status, 'final') = 'final'
        and x.examined_at <= $as_of
),

different as (
    select
        b.encounter_id, b.person_id, b.institution_id, b.staff_id, b.examined_at as done_at,
        a.encounter_id as earlier_id, case when a.is_height then 'height' else 'blood_group' end as signal,
        case when a.is_height
            then abs(cast(substr(a.value, 1, 3) as bigint) - cast(substr(b.value, 1, 3) as bigint))
        end as value
    from measured as a
    join measured as b
        on b.person_id = a.person_id and b.is_height = a.is_height and b.encounter_id <> a.encounter_id
        and b.examined_at >= a.examined_at
    join person as p on p.person_id = a.person_id
    where (not a.is_height and replace(a.value, '型', '') <> replace(b.value, '型', ''))
        or (
            a.is_height
            and abs(cast(substr(a.value, 1, 3) as bigint) - cast(substr(b.value, 1, 3) as bigint)) > $height_cm
            and date_diff('day', p.birth_date, cast(a.examined_at as date)) > 20 * 366
        )
),

contradiction as (
    select * from again
    union all
    select * from both_sexes
    union all
    select * from both_ages
    union all
    select * from different
),

finding as (
    select encounter_id, person_id, institution_id, staff_id, done_at, signal, value, earlier_id
    from contradiction
    qualify row_number() over (partition by encounter_id, signal order by done_at, earlier_id) = 1
),

subject as (
    select encounter_id, person_id, institution_id, staff_id, max(done_at) as done_at
    from finding
    group by encounter_id, person_id, institution_id, staff_id
),

evidence as (
    select encounter_id, signal, value, earlier_id as ref_id, 0 as amount, 0 as fund_amount from finding
    union all
    select s.encounter_id, 'settled' as signal, b.fund_amount as value, s.encounter_id as ref_id, b.amount, b.fund_amount
    from subject as s
    join encounter_bill as b on b.encounter_id = s.encounter_id
)

select
    s.encounter_id as finding_key,
    s.person_id,
    s.institution_id,
    s.encounter_id,
    s.staff_id,
    s.done_at as occurred_at,
    v.signal,
    v.value,
    'encounter' as ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join subject as s on s.encounter_id = v.encounter_id
