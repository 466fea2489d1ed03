-- G04 · One doctor's patients fill what was prescribed at one pharmacy far more often than others do.
-- A visit's filling is the person's first purchase within $fill_hours. Odds, not shares, are compared: where a county
-- has three shops no share can be five times another. Half a case is added to each cell (Haldane), so all is doubled.
with visit as (
    select e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at,
        cast(epoch(e.admitted_at) as bigint) as at
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind in ('11', '13', '14') and e.staff_id is not null and e.admitted_at <= $as_of
),

purchase as (
    select e.encounter_id, e.person_id, e.institution_id, cast(epoch(e.admitted_at) as bigint) as at, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.kind = '41' and e.admitted_at <= $as_of
),

filled as (
    select v.encounter_id, v.person_id, v.institution_id, v.staff_id, v.admitted_at,
        p.encounter_id as purchase_id, p.institution_id as pharmacy_id, p.amount, p.fund_amount
    from visit as v
    join purchase as p on p.person_id = v.person_id and p.at > v.at and p.at - v.at <= $fill_hours * 3600
    qualify row_number() over (partition by v.encounter_id order by p.at, p.encounter_id) = 1
),

doctor as (
    select staff_id, count(*) as fills
    from filled
    group by staff_id
    having count(*) >= $min_fills
),

doctor_shop as (
    select f.staff_id, f.pharmacy_id, count(*) as fills, count(distinct f.person_id) as persons, max(f.admitted_at) as last_at
    from filled as f
    join doctor as d on d.staff_id = f.staff_id
    group by f.staff_id, f.pharmacy_id
),

densest as (
    select a.staff_id, a.pharmacy_id, max(a.fills) as fills
    from (
        select x.staff_id, x.pharmacy_id, x.encounter_id, count(*) as fills
        from filled as x
        join filled as y
            on y.staff_id = x.staff_id and y.pharmacy_id = x.pharmacy_id and y.admitted_at <= x.admitted_at
            and date_diff('day', cast(y.admitted_at as date), cast(x.admitted_at as date)) < $window_days
        where x.staff_id in (select staff_id from doctor)
        group by x.staff_id, x.pharmacy_id, x.encounter_id
    ) as a
    group by a.staff_id, a.pharmacy_id
),

total as (
    select count(*) as fills from filled
),

shop as (
    select pharmacy_id, count(*) as fills
    from filled
    group by pharmacy_id
),

odds as (
    select c.staff_id, c.pharmacy_id, c.fills, c.persons, c.last_at, d.fills as of_doctor,
        2 * c.fills + 1 as here, 2 * (d.fills - c.fills) + 1 as elsewhere,
        2 * (s.fills - c.fills) + 1 as others_here, 2 * (t.fills - d.fills - s.fills + c.fills) + 1 as others_elsewhere
    from doctor_shop as c
    join doctor as d on d.staff_id = c.staff_id
    join shop as s on s.pharmacy_id = c.pharmacy_id
    cross join total as t
),

finding as (
    select o.staff_id, o.pharmacy_id, o.fills, o.persons, o.last_at, o.of_doctor,
        here * others_elsewhere // (elsewhere * others_here) as lift,
        o.staff_id || '|' || o.pharmacy_id as finding_key
    from odds as o
    join densest as n on n.staff_id = o.staff_id and n.pharmacy_id = o.pharmacy_id
    where n.fills >= $min_fills
        and o.persons >= $min_persons
        and o.fills * 10000 >= $share * o.of_doctor
        and here * others_elsewhere >= $lift * elsewhere * others_here
),

evidence as (
    select finding_key, 'fills' as signal, fills as value, 'staff' as ref_table, staff_id as ref_id, 0 as amount,
        0 as fund_amount
    from finding
    union all
    select finding_key, 'share', fills * 10000 // of_doctor, 'institution', pharmacy_id, 0, 0
    from finding
    union all
    select finding_key, 'lift', lift, 'institution', pharmacy_id, 0, 0
    from finding
    union all
    select f.finding_key, 'visit', cast(null as bigint), 'encounter', x.encounter_id, 0, 0
    from finding as f
    join filled as x on x.staff_id = f.staff_id and x.pharmacy_id = f.pharmacy_id
    union all
    select f.finding_key, 'purchase', x.fund_amount, 'encounter', x.purchase_id, x.amount, x.fund_amount
    from finding as f
    join filled as x on x.staff_id = f.staff_id and x.pharmacy_id = f.pharmacy_id
    qualify row_number() over (partition by f.finding_key, x.purchase_id order by x.encounter_id) = 1
)

select
    v.finding_key,
    cast(null as varchar) as person_id,
    f.pharmacy_id as institution_id,
    cast(null as varchar) as encounter_id,
    f.staff_id,
    f.last_at as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.finding_key = v.finding_key
