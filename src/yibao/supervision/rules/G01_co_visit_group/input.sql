-- G01 · Pairs of people who keep coming to one institution at the same time: one row per pair and joint day.
-- Outpatients and customers within half an hour of each other, inpatients admitted on one day; relatives left out.
with met as (
    select e.encounter_id, e.person_id, e.institution_id, cast(epoch(e.admitted_at) as bigint) as begun,
        cast(e.admitted_at as date) as visited_on, e.kind in ('21', '22', '23', '24', '52') as inpatient
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.admitted_at <= $as_of
        and not coalesce(regexp_matches(e.main_diagnosis, $expected_diagnoses), false)
),

visit as (
    select *
    from met
    qualify row_number() over (partition by person_id, institution_id, visited_on order by begun, encounter_id) = 1
),

-- Who was there on too few days is of no pair, and in a crowd meeting means little.
counted as (
    select v.*,
        count(*) over (partition by person_id, institution_id) as days,
        count(*) over (partition by institution_id, begun // 3600) as crowd
    from visit as v
),

-- One number stands for a person at an institution and one for a visit: meetings are counted by the million, and whole
-- numbers several times faster than identifiers. Inpatients meet by the day: all of one day stand in one moment of a
-- slot of their own.
seen as (
    select person_id, institution_id, encounter_id, visited_on, crowd,
        dense_rank() over (order by institution_id, person_id) as regular,
        row_number() over (order by institution_id, begun, encounter_id) as visit,
        case when inpatient then 0 else begun end as moment,
        dense_rank() over (order by institution_id) * 100000000
        + case when inpatient then -2 * date_diff('day', date '1970-01-01', visited_on) else begun // ($minutes * 60) end
            as slot
    from counted
    where days >= $joint_days and crowd <= $max_crowd
),

-- Within the half hour means the same slot of half an hour or the next one.
near as (
    select least(a.regular, b.regular) as one, greatest(a.regular, b.regular) as other,
        case when a.regular < b.regular then a.visit else b.visit end as one_visit,
        case when a.regular < b.regular then b.visit else a.visit end as other_visit
    from seen as a
    join (
        select visit, regular, moment, slot as meets from seen
        union all
        select visit, regular, moment, slot + 1 from seen
    ) as b on b.meets = a.slot
    where b.visit < a.visit and a.regular <> b.regular and a.moment - b.moment <= $minutes * 60
),

often as (
    select one, other
    from near
    group by one, other
    having count(*) >= $joint_days
),

joint as (
    select v.institution_id,
        v.person_id as one, w.person_id as other, v.visited_on, v.encounter_id as one_encounter,
        w.encounter_id as other_encounter, v.crowd,
        row_number() over (partition by n.one, n.other order by v.visited_on, v.encounter_id) as number
    from near as n
    join often as o on o.one = n.one and o.other = n.other
    join seen as v on v.visit = n.one_visit
    join seen as w on w.visit = n.other_visit
),

-- So many joint days within the window: from the day that begins them to the day that completes them.
dense as (
    select a.institution_id, a.one, a.other, min(a.visited_on) as first_on
    from joint as a
    join joint as b
        on b.institution_id = a.institution_id and b.one = a.one and b.other = a.other
        and b.number = a.number + $joint_days - 1
    where date_diff('day', a.visited_on, b.visited_on) < $window_days
    group by a.institution_id, a.one, a.other
),

stranger as (
    select d.institution_id, d.one, d.other, d.first_on
    from dense as d
    join person as p on p.person_id = d.one
    join person as q on q.person_id = d.other
    where coalesce(p.household_id <> q.household_id, true)
        and not exists (
            select 1 from family_link as f
            where (f.person_id = d.one and f.relative_id = d.other) or (f.person_id = d.other and f.relative_id = d.one)
        )
),

kept as (
    select j.institution_id, j.one, j.other, j.visited_on, j.one_encounter, j.other_encounter, j.crowd
    from joint as j
    join stranger as s on s.institution_id = j.institution_id and s.one = j.one and s.other = j.other
    where j.visited_on >= s.first_on and date_diff('day', s.first_on, j.visited_on) < $window_days
),

-- Joint days of the pair anywhere: how much of their meeting happens here.
anywhere as (
    select o.one, o.other, count(*) as days
    from joint as o
    where exists (select 1 from stranger as s where s.one = o.one and s.other = o.other)
    group by o.one, o.other
),

member_visit as (
    select one_encounter as encounter_id, one as person_id, institution_id from kept
    union
    select other_encounter, other, institution_id from kept
),

bought as (
    select m.institution_id, m.person_id, l.item_code
    from member_visit as m
    join charge_line as l on l.encounter_id = m.encounter_id
    where l.reversed_line_id is null
    group by m.institution_id, m.person_id, l.item_code
),

things as (
    select institution_id, person_id, count(*) as items
    from bought
    group by institution_id, person_id
),

alike as (
    select s.institution_id, s.one, s.other, count(*) as shared
    from stranger as s
    join bought as a on a.institution_id = s.institution_id and a.person_id = s.one
    join bought as b on b.institution_id = s.institution_id and b.person_id = s.other and b.item_code = a.item_code
    group by s.institution_id, s.one, s.other
)

select
    k.institution_id, k.one, k.other, k.visited_on, k.one_encounter, k.other_encounter, k.crowd,
    w.days as all_days,
    coalesce(a.shared, 0) * 10000 // least(t.items, u.items) as likeness,
    p.amount as one_amount, p.fund_amount as one_fund, q.amount as other_amount, q.fund_amount as other_fund
from kept as k
join anywhere as w on w.one = k.one and w.other = k.other
join things as t on t.institution_id = k.institution_id and t.person_id = k.one
join things as u on u.institution_id = k.institution_id and u.person_id = k.other
left join alike as a on a.institution_id = k.institution_id and a.one = k.one and a.other = k.other
join encounter_bill as p on p.encounter_id = k.one_encounter
join encounter_bill as q on q.encounter_id = k.other_encounter
