-- G02 · Many people who share an employer, a telephone or an address are admitted to one institution within two days.
-- Injuries that come in as emergencies are accidents. How many such admissions chance brings is reckoned from the
-- institution's other admissions: expected = admissions of the window x the key's share of the rest.
with stay as (
    select e.encounter_id, e.person_id, e.institution_id, e.admitted_at, cast(epoch(e.admitted_at) as bigint) as at,
        cast(e.admitted_at as date) as admitted_on, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind in ('21', '22', '23', '24', '52')
        and e.admitted_at <= $as_of
        and not (e.kind = '24' and coalesce(regexp_matches(e.main_diagnosis, '^[ST]'), false))
),

keyed as (
    select s.encounter_id, 'employer' as kind, n.employer_id as shared
    from stay as s
    join enrolment as n
        on n.person_id = s.person_id and n.employer_id is not null
        and s.admitted_on >= n.begin_date and s.admitted_on <= coalesce(n.end_date, date '9999-12-31')
    union
    select s.encounter_id, 'phone', p.phone
    from stay as s
    join person as p on p.person_id = s.person_id and p.phone is not null
    union
    select s.encounter_id, 'address', p.address
    from stay as s
    join person as p on p.person_id = s.person_id and p.address is not null
    union
    select s.encounter_id, 'referrer', r.institution_id || '>' || coalesce(r.from_region, '')
    from stay as s
    join referral_filing as r
        on r.person_id = s.person_id and r.institution_id = s.institution_id
        and s.admitted_on >= r.begin_date and s.admitted_on <= coalesce(r.end_date, date '9999-12-31')
),

admission as (
    select s.institution_id, k.kind, k.shared, s.encounter_id, s.person_id, s.admitted_at, s.at, s.amount, s.fund_amount
    from stay as s
    join keyed as k on k.encounter_id = s.encounter_id
),

shared as (
    select institution_id, kind, shared, count(*) as admissions
    from admission
    group by institution_id, kind, shared
    having count(*) >= $min_members
),

-- The 48 hours that end with each admission.
windowed as (
    select a.institution_id, a.kind, a.shared, a.encounter_id, a.at, count(distinct b.person_id) as members
    from shared as k
    join admission as a on a.institution_id = k.institution_id and a.kind = k.kind and a.shared = k.shared
    join admission as b
        on b.institution_id = a.institution_id and b.kind = a.kind and b.shared = a.shared
        and b.at <= a.at and b.at > a.at - $hours * 3600
    group by a.institution_id, a.kind, a.shared, a.encounter_id, a.at
    having count(distinct b.person_id) >= $min_members
),

total as (
    select institution_id, count(*) as admissions
    from stay
    group by institution_id
),

judged as (
    select w.institution_id, w.kind, w.shared, w.encounter_id, w.at, w.members, k.admissions as key_admissions,
        t.admissions as all_admissions, count(s.encounter_id) as window_admissions
    from windowed as w
    join shared as k on k.institution_id = w.institution_id and k.kind = w.kind and k.shared = w.shared
    join total as t on t.institution_id = w.institution_id
    join stay as s on s.institution_id = w.institution_id and s.at <= w.at and s.at > w.at - $hours * 3600
    group by w.institution_id, w.kind, w.shared, w.encounter_id, w.at, w.members, k.admissions, t.admissions
),

-- The fullest window of each employer, telephone or address; what they share first, if several hold the same people.
densest as (
    select *
    from judged
    where members * greatest(all_admissions - members, 1) * 10000
        >= $above_expected * window_admissions * greatest(key_admissions - members, 0)
    qualify row_number() over (partition by institution_id, kind, shared order by members desc, at, encounter_id) = 1
),

finding as (
    select d.institution_id, d.kind, d.shared, d.at, d.members, d.window_admissions,
        d.institution_id || '|' || d.encounter_id as finding_key
    from densest as d
    qualify row_number() over (
        partition by d.institution_id, d.encounter_id
        order by case d.kind when 'employer' then 1 when 'phone' then 2 when 'address' then 3 else 4 end
    ) = 1
),

member as (
    select f.finding_key, a.encounter_id, a.person_id, a.admitted_at, a.amount, a.fund_amount
    from finding as f
    join admission as a
        on a.institution_id = f.institution_id and a.kind = f.kind and a.shared = f.shared
        and a.at <= f.at and a.at > f.at - $hours * 3600
),

evidence as (
    select finding_key, kind as signal, members as value, 'institution' as ref_table, institution_id as ref_id,
        0 as amount, 0 as fund_amount
    from finding
    union all
    select finding_key, 'all_admissions', window_admissions, 'institution', institution_id, 0, 0
    from finding
    union all
    select finding_key, 'stay', fund_amount, 'encounter', encounter_id, amount, fund_amount
    from member
),

latest as (
    select finding_key, max(admitted_at) as admitted_at
    from member
    group by finding_key
)

select
    v.finding_key,
    cast(null as varchar) as person_id,
    f.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    l.admitted_at as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.finding_key = v.finding_key
join latest as l on l.finding_key = v.finding_key
