-- G01 · Pairs of people who keep coming to one institution at the same time: one row per pair and joint day.
-- Outpatients and customers within half an hour of each other, inpatients admitted on one day; relatives left out.
with met as (
    select e.encounter_id, e.person_id, e.institution_id, e.admitted_at, cast(epoch(e.admitted_at) as bigint) as at,
        cast(e.admitted_at as date) as visited_on, e.kind in ('21', '22', '23', '24', '52') as inpatient,
        b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.admitted_at <= $as_of
        and not coalesce(regexp_matches(e.main_diagnosis, $expected_diagnoses), false)
),

visit as (
    select *
    from met
    qualify row_number() over (partition by person_id, institution_id, visited_on order by at, encounter_id) = 1
),

-- Who was there on too few days is of no pair.
regular as (
    select person_id, institution_id
    from visit
    group by person_id, institution_id
    having count(*) >= $joint_days
),

-- In a crowd meeting means little: hours with more people than $max_crowd are left out.
hour_crowd as (
    select institution_id, at // 3600 as hour, count(*) as crowd
    from visit
    group by institution_id, at // 3600
    having count(*) <= $max_crowd
),

slot as (
    select v.encounter_id, v.person_id, v.institution_id, v.at, v.visited_on, v.inpatient, v.amount, v.fund_amount, c.crowd,
        case when v.inpatient then date_diff('day', date '1970-01-01', v.visited_on) * 1000 else v.at // ($minutes * 60) end
            as slot
    from visit as v
    join regular as r on r.person_id = v.person_id and r.institution_id = v.institution_id
    join hour_crowd as c on c.institution_id = v.institution_id and c.hour = v.at // 3600
),

near as (
    select a.institution_id, a.visited_on, a.person_id as one, b.person_id as other, a.encounter_id as one_encounter,
        b.encounter_id as other_encounter, a.crowd
    from slot as a
    join slot as b
        on b.institution_id = a.institution_id and b.slot = a.slot and b.inpatient = a.inpatient
        and b.person_id > a.person_id
    where a.inpatient or abs(a.at - b.at) <= $minutes * 60
    union all
    select a.institution_id, a.visited_on, least(a.person_id, b.person_id), greatest(a.person_id, b.person_id),
        case when a.person_id < b.person_id then a.encounter_id else b.encounter_id end,
        case when a.person_id < b.person_id then b.encounter_id else a.encounter_id end, a.crowd
    from slot as a
    join slot as b
        on b.institution_id = a.institution_id and b.slot = a.slot + 1 and not a.inpatient and not b.inpatient
        and b.person_id <> a.person_id
    where abs(a.at - b.at) <= $minutes * 60
),

often as (
    select institution_id, one, other
    from near
    group by institution_id, one, other
    having count(*) >= $joint_days
),

joint as (
    select n.institution_id, n.one, n.other, n.visited_on, n.one_encounter, n.other_encounter, n.crowd,
        row_number() over (partition by n.institution_id, n.one, n.other order by n.visited_on, n.one_encounter) as number
    from near as n
    join often as o on o.institution_id = n.institution_id and o.one = n.one and o.other = n.other
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
