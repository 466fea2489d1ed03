-- F05 · Two cards are used within minutes of each other at the same pharmacy, again and again, though their holders
-- share neither household nor kinship, and buy the same things.
with swipe as (
    select e.encounter_id, e.person_id, e.institution_id, e.admitted_at, cast(epoch(e.admitted_at) as bigint) as at,
        cast(e.admitted_at as date) as swiped_on, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

-- Who came to the shop on too few days cannot be of a pair.
regular as (
    select person_id, institution_id
    from swipe
    group by person_id, institution_id
    having count(distinct swiped_on) >= $joint_days
),

slot as (
    select s.*, s.at // ($minutes * 60) as slot
    from swipe as s
    join regular as r on r.person_id = s.person_id and r.institution_id = s.institution_id
),

-- Within five minutes means the same slot of five minutes or the next one.
near as (
    select a.person_id as one, b.person_id as other, a.institution_id, a.swiped_on,
        a.encounter_id as one_encounter, b.encounter_id as other_encounter, a.at as one_at, b.at as other_at
    from slot as a
    join slot as b on b.institution_id = a.institution_id and b.slot = a.slot and b.person_id <> a.person_id
    union all
    select a.person_id, b.person_id, a.institution_id, a.swiped_on, a.encounter_id, b.encounter_id, a.at, b.at
    from slot as a
    join slot as b on b.institution_id = a.institution_id and b.slot = a.slot + 1 and b.person_id <> a.person_id
),

joint as (
    select
        case when one < other then one else other end as first_person,
        case when one < other then other else one end as second_person,
        institution_id, swiped_on,
        min(case when one < other then one_encounter else other_encounter end) as first_encounter,
        min(case when one < other then other_encounter else one_encounter end) as second_encounter
    from near
    where abs(other_at - one_at) <= $minutes * 60
    group by case when one < other then one else other end, case when one < other then other else one end,
        institution_id, swiped_on
),

numbered as (
    select first_person, second_person, institution_id, swiped_on,
        row_number() over (partition by first_person, second_person, institution_id order by swiped_on) as number
    from joint
),

-- Enough joint days within the window: the day that completes them against the day that began them.
together as (
    select a.first_person, a.second_person, a.institution_id, max(b.swiped_on) as last_on, max(b.number) as days
    from numbered as a
    join numbered as b
        on b.first_person = a.first_person and b.second_person = a.second_person
        and b.institution_id = a.institution_id and b.number = a.number + $joint_days - 1
    where date_diff('day', a.swiped_on, b.swiped_on) < $window_days
    group by a.first_person, a.second_person, a.institution_id
),

related as (
    select person_id as one, relative_id as other from family_link
    union
    select relative_id, person_id from family_link
    union
    select a.person_id, b.person_id
    from together as t
    join person as a on a.person_id = t.first_person
    join person as b on b.person_id = t.second_person and b.household_id = a.household_id
),

stranger as (
    select t.*
    from together as t
    where not exists (select 1 from related as r where r.one = t.first_person and r.other = t.second_person)
),

joint_visit as (
    select j.first_person, j.second_person, j.institution_id, j.swiped_on, j.first_encounter as encounter_id
    from stranger as s
    join joint as j
        on j.first_person = s.first_person and j.second_person = s.second_person and j.institution_id = s.institution_id
    union all
    select j.first_person, j.second_person, j.institution_id, j.swiped_on, j.second_encounter
    from stranger as s
    join joint as j
        on j.first_person = s.first_person and j.second_person = s.second_person and j.institution_id = s.institution_id
),

visit_item as (
    select distinct v.first_person, v.second_person, v.institution_id, v.swiped_on, l.item_code, l.person_id
    from joint_visit as v
    join charge_line as l on l.encounter_id = v.encounter_id
    where l.reversed_line_id is null
),

-- Of all things bought on the joint days, how many did both buy?
alike as (
    select first_person, second_person, institution_id,
        count(*) as things, count(case when buyers = 2 then 1 end) as shared
    from (
        select first_person, second_person, institution_id, swiped_on, item_code, count(distinct person_id) as buyers
        from visit_item
        group by first_person, second_person, institution_id, swiped_on, item_code
    ) as thing
    group by first_person, second_person, institution_id
),

finding as (
    select s.*, a.shared * 10000 // a.things as likeness,
        s.first_person || '|' || s.second_person || '|' || s.institution_id as finding_key
    from stranger as s
    join alike as a
        on a.first_person = s.first_person and a.second_person = s.second_person and a.institution_id = s.institution_id
    where a.shared * 10000 >= $likeness * a.things
),

evidence as (
    select finding_key, 'days' as signal, days as value, 'person' as ref_table, second_person as ref_id, 0 as amount,
        0 as fund_amount
    from finding
    union all
    select finding_key, 'likeness', likeness, 'person', first_person, 0, 0
    from finding
    union all
    select f.finding_key, 'swipe', b.amount, 'encounter', b.encounter_id, b.amount, b.fund_amount
    from finding as f
    join joint_visit as v
        on v.first_person = f.first_person and v.second_person = f.second_person and v.institution_id = f.institution_id
    join encounter_bill as b on b.encounter_id = v.encounter_id
)

select
    f.finding_key,
    f.first_person as person_id,
    f.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.last_on as timestamp) as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.finding_key = v.finding_key
