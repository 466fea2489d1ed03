-- E06-2 · The fund paid a bill that the work-injury fund, the employer or a liable party paid too, or owes by law. A
-- compensation names its bill by encounter or invoice, or else by institution, days and amount. Care after a work injury
-- is none of the fund's at all; beside a liable party the fund pays no more than what is left of the bill.
with told as (
    select
        compensation_id, person_id, encounter_id, bill_code, bill_no, institution_id, care_from,
        coalesce(care_to, care_from) as care_to, bill_amount, amount, coalesce(repaid_amount, 0) as repaid_amount,
        payer in ('work_injury_fund', 'employer') as is_work, decided_on
    from compensation
    where decided_on <= cast($as_of as date)
        -- a liable party that has not paid leaves the fund to pay in advance
        and (status = 'paid' or (status = 'owed' and payer in ('work_injury_fund', 'employer')))
),

bill as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, cast(e.admitted_at as date) as begun_on,
        cast(coalesce(e.discharged_at, e.admitted_at) as date) as ended_on, b.settled_at, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.person_id in (select person_id from told) and b.fund_amount > 0 and b.settled_at <= $as_of
),

matched as (
    select t.compensation_id, b.encounter_id
    from told as t
    join bill as b on b.encounter_id = t.encounter_id
    union
    select t.compensation_id, b.encounter_id
    from told as t
    join invoice as i on i.bill_code = t.bill_code and i.bill_no = t.bill_no
    join bill as b on b.encounter_id = i.encounter_id and b.person_id = t.person_id
    where not coalesce(i.cancelled, false)
    union
    select t.compensation_id, b.encounter_id
    from told as t
    join bill as b on b.person_id = t.person_id and b.institution_id = t.institution_id
    where t.encounter_id is null and t.bill_no is null
        and abs(date_diff('day', t.care_from, b.begun_on)) <= $day_tolerance
        and abs(date_diff('day', t.care_to, b.ended_on)) <= $day_tolerance
        and abs(t.bill_amount - b.amount) * 10000 <= $amount_tolerance * b.amount
),

summed as (
    select
        m.encounter_id, bool_or(t.is_work) as is_work, cast(sum(t.amount) as bigint) as paid_amount,
        cast(sum(t.repaid_amount) as bigint) as repaid_amount
    from matched as m
    join told as t on t.compensation_id = m.compensation_id
    group by m.encounter_id
),

finding as (
    select
        b.encounter_id, b.person_id, b.institution_id, b.staff_id, b.settled_at, s.is_work,
        case
            when s.is_work then b.fund_amount
            else least(b.fund_amount, greatest(b.fund_amount + s.paid_amount - b.amount, 0))
        end - s.repaid_amount as excess
    from summed as s
    join bill as b on b.encounter_id = s.encounter_id
),

evidence as (
    select f.encounter_id, 'paid_by_fund' as signal, f.excess as value, 'encounter' as ref_table, f.encounter_id as ref_id,
        f.excess as amount
    from finding as f
    where f.excess > 0
    union all
    select f.encounter_id, case when t.is_work then 'work_injury' else 'liable_party' end, t.amount, 'compensation',
        t.compensation_id, 0
    from finding as f
    join matched as m on m.encounter_id = f.encounter_id
    join told as t on t.compensation_id = m.compensation_id
    where f.excess > 0
)

select
    f.encounter_id as finding_key, f.person_id, f.institution_id, f.encounter_id, f.staff_id, f.settled_at as occurred_at,
    e.signal, e.value, e.ref_table, e.ref_id, cast(null as varchar) as kp_id, e.amount, e.amount as fund_amount
from finding as f
join evidence as e on e.encounter_id = f.encounter_id
