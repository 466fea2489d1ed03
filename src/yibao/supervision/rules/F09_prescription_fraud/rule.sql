-- F09 · Prescriptions that nobody could have written: by a suspended or unregistered prescriber, by one doctor too many
-- in a day, one number settled for several people, one text copied for many; and prescription drugs sold without any.
with issued as (
    select
        p.prescription_id, p.person_id, p.encounter_id, p.institution_id, p.staff_id, p.issued_at,
        cast(p.issued_at as date) as issued_on, count(*) as items, min(p.item_code) as first_item,
        max(p.item_code) as last_item, cast(sum(coalesce(p.quantity, 0)) as bigint) as quantity
    from prescription as p
    where p.issued_at <= $as_of
    group by p.prescription_id, p.person_id, p.encounter_id, p.institution_id, p.staff_id, p.issued_at
),

barred as (
    select staff_id, institution_id, begin_date, coalesce(end_date, date '9999-12-31') as end_date, status
    from staff_status
    where status in ('suspended', 'terminated')
),

by_barred as (
    select i.prescription_id, i.person_id, 'barred_prescriber' as signal,
        date_diff('day', b.begin_date, i.issued_on) as value, 'staff_status' as ref_table,
        b.staff_id || '|' || cast(b.begin_date as varchar) as ref_id
    from issued as i
    join barred as b
        on b.staff_id = i.staff_id and i.issued_on >= b.begin_date and i.issued_on < b.end_date
        and (b.institution_id is null or b.institution_id = i.institution_id)
    -- An emergency is treated by whoever is there.
    where not exists (select 1 from encounter as e where e.encounter_id = i.encounter_id and e.kind in ('13', '24'))
),

day_load as (
    select staff_id, issued_on, count(distinct prescription_id) as prescriptions
    from issued
    where staff_id is not null
    group by staff_id, issued_on
    having count(distinct prescription_id) > $prescriptions_per_day
),

over_load as (
    select i.prescription_id, i.person_id, 'too_many' as signal, d.prescriptions as value, 'staff' as ref_table,
        i.staff_id as ref_id
    from day_load as d
    join issued as i on i.staff_id = d.staff_id and i.issued_on = d.issued_on
    qualify row_number() over (partition by i.staff_id, i.issued_on order by i.issued_at, i.prescription_id)
        > $prescriptions_per_day
),

-- A number that was written for one person and stands on another's bill is a copy.
shared_number as (
    select distinct l.prescription_id
    from charge_line as l
    join issued as i on i.prescription_id = l.prescription_id and i.person_id <> l.person_id
    where l.reversed_line_id is null and l.charged_at <= $as_of
),

billed as (
    select l.prescription_id, l.person_id, l.encounter_id, min(l.charged_at) as charged_at
    from charge_line as l
    join shared_number as s on s.prescription_id = l.prescription_id
    where l.reversed_line_id is null and l.charged_at <= $as_of
    group by l.prescription_id, l.person_id, l.encounter_id
),

copied_number as (
    select prescription_id, person_id, 'copied_number' as signal, cast(null as bigint) as value,
        'encounter' as ref_table, encounter_id as ref_id
    from billed
    qualify row_number() over (partition by prescription_id order by charged_at, encounter_id) > 1
),

-- The same several drugs in the same quantity for many people within minutes of each other.
cloned as (
    select staff_id, issued_on, items, first_item, last_item, quantity, count(distinct person_id) as persons
    from issued
    where items >= $clone_items and staff_id is not null
    group by staff_id, issued_on, items, first_item, last_item, quantity
    having count(distinct person_id) >= $clone_persons
),

clone as (
    select i.prescription_id, i.person_id, 'cloned' as signal, c.persons as value, 'staff' as ref_table, i.staff_id as ref_id
    from cloned as c
    join issued as i
        on i.staff_id = c.staff_id and i.issued_on = c.issued_on and i.items = c.items
        and i.first_item = c.first_item and i.last_item = c.last_item and i.quantity = c.quantity
),

-- Sold at a pharmacy although the catalogue says that a prescription is needed.
unprescribed as (
    select l.line_id, l.person_id, l.encounter_id, l.institution_id, l.staff_id, l.charged_at
    from catalogue_item as c
    join charge_line as l
        on l.item_code = c.item_code
        and cast(l.charged_at as date) >= c.valid_from
        and cast(l.charged_at as date) < coalesce(c.valid_to, date '9999-12-31')
    join encounter as e on e.encounter_id = l.encounter_id and e.kind = '41'
    where c.prescription_only
        and l.prescription_id is null
        and l.reversed_line_id is null
        and l.charged_at <= $as_of
        and not exists (
            select 1 from prescription as p
            where p.person_id = l.person_id and p.item_code = l.item_code and p.issued_at <= l.charged_at
                and date_diff('day', cast(p.issued_at as date), cast(l.charged_at as date)) <= $prescription_valid_days
        )
),

ground as (
    select * from by_barred
    union all
    select * from over_load
    union all
    select * from copied_number
    union all
    select * from clone
),

doubtful as (
    select i.prescription_id as finding_key, i.person_id, i.institution_id, i.encounter_id, i.staff_id,
        max(i.issued_at) as occurred_at, i.prescription_id
    from ground as g
    join issued as i on i.prescription_id = g.prescription_id and i.person_id = g.person_id
    group by i.prescription_id, i.person_id, i.institution_id, i.encounter_id, i.staff_id
    qualify row_number() over (partition by i.prescription_id order by max(i.issued_at), i.person_id) = 1
),

line as (
    select d.finding_key, l.line_id, l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from doubtful as d
    join charge_line as l on l.prescription_id = d.prescription_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null and l.quantity + coalesce(r.quantity, 0) > 0
),

subject as (
    select finding_key, person_id, institution_id, encounter_id, staff_id, occurred_at from doubtful
    union all
    select u.line_id, u.person_id, u.institution_id, u.encounter_id, u.staff_id, u.charged_at
    from unprescribed as u
    left join charge_reversal as r on r.line_id = u.line_id
    where r.line_id is null
),

evidence as (
    select d.finding_key, g.signal, g.value, g.ref_table, g.ref_id, 0 as amount, 0 as fund_amount
    from doubtful as d
    join ground as g on g.prescription_id = d.prescription_id
    union all
    select finding_key, 'line' as signal, fund_amount as value, 'charge_line' as ref_table, line_id as ref_id, amount,
        fund_amount
    from line
    union all
    select u.line_id, 'no_prescription', cast(null as bigint), 'charge_line', u.line_id, l.amount,
        coalesce(l.fund_amount, 0)
    from unprescribed as u
    join charge_line as l on l.line_id = u.line_id
)

select
    v.finding_key,
    s.person_id,
    s.institution_id,
    s.encounter_id,
    s.staff_id,
    s.occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join subject as s on s.finding_key = v.finding_key
