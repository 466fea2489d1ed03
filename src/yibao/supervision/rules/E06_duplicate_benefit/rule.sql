-- E06 · The same care is paid for twice: one invoice settled a second time, or one episode settled under two schemes.
with bill as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.kind, e.scheme,
        cast(e.admitted_at as date) as begun_on, cast(coalesce(e.discharged_at, e.admitted_at) as date) as ended_on,
        b.settled_at, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where b.fund_amount > 0 and b.settled_at <= $as_of
),

paper as (
    select distinct bill_code, bill_no, encounter_id
    from invoice
    where bill_no is not null and bill_code is not null and not coalesce(cancelled, false)
),

shared_paper as (
    select bill_code, bill_no
    from paper
    group by bill_code, bill_no
    having count(*) > 1
),

invoiced as (
    select
        b.*, p.bill_code || '|' || p.bill_no as paper,
        first_value(b.encounter_id) over papers as first_id,
        first_value(b.amount) over papers as first_amount
    from shared_paper as s
    join paper as p on p.bill_code = s.bill_code and p.bill_no = s.bill_no
    join bill as b on b.encounter_id = p.encounter_id
    window papers as (
        partition by p.bill_code, p.bill_no order by b.settled_at, b.encounter_id
        rows between unbounded preceding and unbounded following
    )
),

-- People who were ever settled under two schemes are few; only their bills are compared with each other.
two_schemes as (
    select person_id
    from bill
    group by person_id
    having min(scheme) <> max(scheme)
),

twice as (
    select
        later.encounter_id, later.person_id, later.institution_id, later.staff_id, later.settled_at, later.amount,
        later.fund_amount, earlier.encounter_id as first_id, 'two_schemes' as signal
    from two_schemes as t
    join bill as later on later.person_id = t.person_id
    join bill as earlier
        on earlier.person_id = later.person_id
        and earlier.institution_id = later.institution_id
        and earlier.scheme <> later.scheme
        and earlier.encounter_id <> later.encounter_id
    where (earlier.settled_at < later.settled_at
            or (earlier.settled_at = later.settled_at and earlier.encounter_id < later.encounter_id))
        and abs(date_diff('day', earlier.begun_on, later.begun_on)) <= $day_tolerance
        and abs(date_diff('day', earlier.ended_on, later.ended_on)) <= $day_tolerance
        and abs(earlier.amount - later.amount) * 10000 <= $amount_tolerance * earlier.amount
    union all
    select encounter_id, person_id, institution_id, staff_id, settled_at, amount, fund_amount, first_id,
        'same_invoice' as signal
    from invoiced
    where encounter_id <> first_id
),

finding as (
    select *
    from twice
    qualify row_number() over (partition by encounter_id order by signal, first_id) = 1
),

evidence as (
    select encounter_id, signal, date_diff('day', cast(b.settled_at as date), cast(f.settled_at as date)) as value,
        f.first_id as ref_id, 0 as amount, 0 as fund_amount
    from (select encounter_id, signal, settled_at, first_id from finding) as f
    join (select encounter_id as bill_id, settled_at from bill) as b on b.bill_id = f.first_id
    union all
    select encounter_id, 'settled_again' as signal, fund_amount as value, encounter_id as ref_id, amount, fund_amount
    from finding
)

select
    f.encounter_id as finding_key,
    f.person_id,
    f.institution_id,
    f.encounter_id,
    f.staff_id,
    f.settled_at as occurred_at,
    v.signal,
    v.value,
    'encounter' as ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.encounter_id = v.encounter_id
