-- One row a stay, without whom it concerns: what it cost by kind of charge, its group, and what came after it.
-- Parts are net of refunds and add up to `amount`. `disease` is the three-character category of the main diagnosis.
with stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.scheme, e.department, e.staff_id, e.discharge_way,
        coalesce(upper(substr(replace(e.main_diagnosis, '.', ''), 1, 3)), '?') as disease, e.main_diagnosis, e.admitted_at,
        coalesce(e.readmission_planned, false) and length(trim(coalesce(e.readmission_purpose, ''))) > 0 as is_planned,
        cast(e.admitted_at as date) as first_day, cast(e.discharged_at as date) as last_day
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
),
bill as (
    select
        s.encounter_id,
        cast(sum(case when l.charge_type in ('09', '10', '11') then l.amount else 0 end) as bigint) as drug,
        cast(sum(case when l.charge_type = '08' then l.amount else 0 end) as bigint) as consumable,
        cast(sum(case when l.charge_type = '03' then l.amount else 0 end) as bigint) as exam,
        cast(sum(case when l.charge_type = '04' then l.amount else 0 end) as bigint) as test,
        cast(sum(case when l.charge_type in ('05', '06') then l.amount else 0 end) as bigint) as treatment,
        cast(sum(case when l.charge_type in ('01', '02', '07', '12', '13') then l.amount else 0 end) as bigint) as care,
        cast(sum(l.amount) as bigint) as amount,
        cast(sum(coalesce(l.not_covered_amount, 0)) as bigint) as not_covered
    from stay as s
    inner join charge_line as l on l.encounter_id = s.encounter_id
    group by s.encounter_id
),
paid as (
    select
        s.encounter_id, cast(sum(coalesce(t.fund_amount, 0)) as bigint) as fund,
        cast(sum(coalesce(t.person_amount, 0)) as bigint) as person
    from stay as s
    inner join settlement as t on t.encounter_id = s.encounter_id
    group by s.encounter_id
),
grouped as (
    select encounter_id, status, group_code, group_name, major_category, weight_ppm, standard_amount
    from case_group
    qualify row_number() over (partition by encounter_id order by version desc, region) = 1
),
ordered as (
    select
        s.encounter_id, s.institution_id, s.scheme, s.department, s.staff_id, s.discharge_way, s.disease,
        s.first_day, s.last_day,
        lead(s.first_day) over w as next_day, lead(s.institution_id) over w as next_institution,
        substr(p.region_code, 1, 6) as home
    from stay as s
    left join person as p on p.person_id = s.person_id
    window w as (partition by s.person_id order by s.first_day, s.last_day, s.encounter_id)
),
faulty as (
    -- Stays whose settlement list or charge details the rules of H05 question.
    select distinct encounter_id from finding where law_id like 'H05%' and encounter_id is not null
),
-- Unplanned readmission as law C06 counts it: a live discharge home, in no other bed that night, long enough before the
-- data end; then the first stay anywhere 1 to 31 days later, unless it was planned.
withdrawn as (
    select encounter_id
    from settlement
    group by encounter_id
    having count(reversed_settlement_id) > 0 and cast(sum(total_amount) as bigint) = 0
),
standing as (
    select encounter_id, person_id, disease, main_diagnosis, first_day, last_day, admitted_at, discharge_way, is_planned,
        max(first_day) over () as data_end
    from stay
    where encounter_id not in (select encounter_id from withdrawn)
),
discharge as (
    select
        s.encounter_id, s.person_id, s.last_day, s.disease, s.is_planned,
        case
            when p.birth_date is null then '?'
            when date_diff('day', p.birth_date, s.first_day) < 15 * 365 then '0-14'
            when date_diff('day', p.birth_date, s.first_day) < 45 * 365 then '15-44'
            when date_diff('day', p.birth_date, s.first_day) < 65 * 365 then '45-64'
            when date_diff('day', p.birth_date, s.first_day) < 75 * 365 then '65-74'
            when date_diff('day', p.birth_date, s.first_day) < 85 * 365 then '75-84'
            else '85+'
        end as age_band
    from standing as s
    left join person as p on p.person_id = s.person_id
    where s.last_day + 31 <= s.data_end
        and coalesce(s.discharge_way, '') not in ('2', '5')
        and (p.death_date is null or p.death_date > s.last_day)
        and not exists (
            select 1 from standing as o
            where o.person_id = s.person_id and o.encounter_id <> s.encounter_id
                and o.first_day <= s.last_day and o.last_day > s.last_day
        )
),
next_stay as (
    select
        d.encounter_id,
        case
            when d.is_planned or regexp_matches(coalesce(n.main_diagnosis, ''), '^(Z51|Z49|Z50|Z38|V3[0-9]|V56|V57|V58\.?[01])') then 0 else 1
        end as readmitted
    from discharge as d
    inner join standing as n
        on n.person_id = d.person_id and n.first_day > d.last_day and date_diff('day', d.last_day, n.first_day) <= 31
    qualify row_number() over (partition by d.encounter_id order by n.admitted_at, n.encounter_id) = 1
),
sized as (
    select
        d.encounter_id, d.age_band, coalesce(n.readmitted, 0) as readmitted,
        case when count(*) over (partition by d.disease, d.age_band) >= 20 then d.disease else '*' end as stratum
    from discharge as d
    left join next_stay as n on n.encounter_id = d.encounter_id
),
judged as (
    select
        encounter_id, readmitted,
        (cast(sum(readmitted) over s as bigint) * 2000000 + cast(count(*) over s as bigint))
            // (2 * cast(count(*) over s as bigint)) as expected_ppm
    from sized
    window s as (partition by stratum, age_band)
)
select
    e.institution_id, cast(date_trunc('month', e.last_day) as date) as month, coalesce(e.scheme, '?') as scheme,
    coalesce(e.department, '?') as department, coalesce(e.staff_id, '?') as staff_id, e.disease,
    coalesce(d.name, e.disease) as disease_name, coalesce(d.name_en, d.name, e.disease) as disease_name_en,
    g.status as group_status, g.group_code, g.group_name, g.major_category, g.weight_ppm, g.standard_amount,
    b.amount, b.drug, b.consumable, b.exam, b.test, b.treatment, b.care,
    b.amount - b.drug - b.consumable - b.exam - b.test - b.treatment - b.care as other,
    b.not_covered, coalesce(p.fund, 0) as fund, coalesce(p.person, 0) as person,
    greatest(date_diff('day', e.first_day, e.last_day), 1) as days,
    case when e.discharge_way = '2' then 1 else 0 end as transferred,
    case when f.encounter_id is null then 0 else 1 end as faulty,
    case when j.encounter_id is null then 0 else 1 end as judged, coalesce(j.readmitted, 0) as readmitted,
    coalesce(j.expected_ppm, 0) as expected_ppm,
    coalesce(e.home, '?') as home,
    case
        when e.next_day is null or e.next_day > e.last_day + 31 then null
        when e.next_institution = e.institution_id then 'here'
        else coalesce(n.level, '0')
    end as next_place
from ordered as e
left join judged as j on j.encounter_id = e.encounter_id
inner join bill as b on b.encounter_id = e.encounter_id and b.amount > 0
left join paid as p on p.encounter_id = e.encounter_id
left join grouped as g on g.encounter_id = e.encounter_id
left join faulty as f on f.encounter_id = e.encounter_id
left join institution as n on n.institution_id = e.next_institution
left join (
    -- A disease is called by the first of its codes.
    select substr(replace(code, '.', ''), 1, 3) as category, name, name_en
    from code_diagnosis
    qualify row_number() over (partition by substr(replace(code, '.', ''), 1, 3) order by length(code), code) = 1
) as d on d.category = e.disease
order by e.institution_id, month, e.disease
