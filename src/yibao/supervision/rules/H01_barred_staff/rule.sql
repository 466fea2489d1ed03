-- H01 · Care by staff whose payment qualification was suspended or ended, or who were never registered. Emergencies are
-- paid whoever treats; a stay that began before the suspension is judged line by line.
with barred as (
    select staff_id, institution_id, begin_date, coalesce(end_date, date '9999-12-31') as end_date, status
    from staff_status
    where status in ('suspended', 'terminated')
),

-- Where an institution registers anybody, whoever is not on the register is unregistered.
registering as (
    select distinct institution_id from staff where institution_id is not null
),

charged as (
    select l.line_id, l.encounter_id, l.person_id, l.institution_id, l.staff_id, l.charged_at, l.quantity, l.amount, l.fund_amount
    from charge_line as l
    where l.reversed_line_id is null
        and l.charged_at <= $as_of
        and l.staff_id in (select staff_id from barred)
    union all
    select l.line_id, l.encounter_id, l.person_id, l.institution_id, e.staff_id, l.charged_at, l.quantity, l.amount, l.fund_amount
    from charge_line as l
    join encounter as e on e.encounter_id = l.encounter_id and e.staff_id in (select staff_id from barred)
    where l.reversed_line_id is null
        and l.charged_at <= $as_of
        and l.staff_id is null
),

by_barred as (
    select c.line_id, c.encounter_id, c.person_id, c.institution_id, c.staff_id, c.charged_at,
        b.status as signal, date_diff('day', b.begin_date, cast(c.charged_at as date)) as value, c.quantity, c.amount,
        c.fund_amount
    from charged as c
    join barred as b
        on b.staff_id = c.staff_id
        and cast(c.charged_at as date) >= b.begin_date and cast(c.charged_at as date) < b.end_date
        and (b.institution_id is null or b.institution_id = c.institution_id)
),

unknown_staff as (
    select e.encounter_id, e.staff_id
    from encounter as e
    join registering as r on r.institution_id = e.institution_id
    where e.staff_id is not null
        and e.admitted_at <= $as_of
        and e.staff_id not in (select staff_id from staff)
),

by_unknown as (
    select l.line_id, l.encounter_id, l.person_id, l.institution_id, u.staff_id, l.charged_at, 'unregistered' as signal,
        cast(null as bigint) as value, l.quantity, l.amount, l.fund_amount
    from unknown_staff as u
    join charge_line as l on l.encounter_id = u.encounter_id
    where l.reversed_line_id is null and coalesce(l.staff_id, u.staff_id) = u.staff_id
),

every_line as (
    select * from by_barred
    union all
    select * from by_unknown
),

finding as (
    select
        v.encounter_id, v.person_id, v.institution_id, v.line_id, v.signal, v.value,
        max(v.staff_id) over (partition by v.encounter_id) as staff_id,
        max(v.charged_at) over (partition by v.encounter_id) as occurred_at,
        v.amount + coalesce(r.amount, 0) as amount, coalesce(v.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from every_line as v
    join encounter as e on e.encounter_id = v.encounter_id
    left join charge_reversal as r on r.line_id = v.line_id
    where e.kind not in ('13', '24')
        and v.quantity + coalesce(r.quantity, 0) > 0
    qualify row_number() over (partition by v.line_id order by v.signal, v.value desc) = 1
)

select
    encounter_id as finding_key,
    person_id,
    institution_id,
    encounter_id,
    staff_id,
    occurred_at,
    signal,
    value,
    'charge_line' as ref_table,
    line_id as ref_id,
    cast(null as varchar) as kp_id,
    amount,
    fund_amount
from finding
