-- E05 · Care settled while the person was not entitled: enrolment paused, ended or still waiting, in custody or abroad.
-- A stay that began while entitled is judged by its first day. All days inclusive, as enrolment records write them.
with off as (
    select
        person_id, case status when '2' then 'paused' else 'ended' end as reason,
        case when status = '2' then begin_date else cast(end_date + interval 1 day as date) end as from_on,
        case when status = '2' then coalesce(end_date, date '9999-12-31') else date '9999-12-31' end as until_on,
        'enrolment' as ref_table, enrolment_id as ref_id
    from enrolment
    where status = '2' or end_date is not null
    union all
    select
        person_id, 'waiting' as reason, begin_date as from_on, cast(benefit_from - interval 1 day as date) as until_on,
        'enrolment' as ref_table, enrolment_id as ref_id
    from enrolment
    where benefit_from > begin_date
    union all
    select
        person_id, kind as reason, begin_date as from_on, coalesce(end_date, date '9999-12-31') as until_on,
        'person_absence' as ref_table, person_id || '|' || kind || '|' || cast(begin_date as varchar) as ref_id
    from person_absence
),

entitled as (
    select person_id, greatest(begin_date, coalesce(benefit_from, begin_date)) as from_on,
        coalesce(end_date, date '9999-12-31') as until_on
    from enrolment
    where status in ('1', '4')
),

visit as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at, cast(e.admitted_at as date) as begun_on,
        b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.person_id in (select person_id from off)
        and b.fund_amount + b.account_amount > 0
        and e.admitted_at <= $as_of
),

judged as (
    select v.*, o.reason, o.from_on, o.ref_table, o.ref_id
    from visit as v
    join off as o
        on o.person_id = v.person_id
        and v.begun_on >= cast(o.from_on + $grace_days * interval 1 day as date) and v.begun_on <= o.until_on
    -- Another enrolment covers the day, unless the person was away.
    where o.ref_table = 'person_absence' or not exists (
        select 1 from entitled as t
        where t.person_id = v.person_id and v.begun_on >= t.from_on and v.begun_on <= t.until_on
    )
    qualify row_number() over (partition by v.encounter_id order by o.from_on desc, case o.reason when 'ended' then 1 else 0 end, o.ref_id) = 1
),

evidence as (
    select encounter_id, reason as signal, date_diff('day', from_on, begun_on) + 1 as value, ref_table, ref_id,
        0 as amount, 0 as fund_amount
    from judged
    union all
    select encounter_id, 'settled' as signal, fund_amount as value, 'encounter' as ref_table, encounter_id as ref_id,
        amount, fund_amount
    from judged
)

select
    j.encounter_id as finding_key,
    j.person_id,
    j.institution_id,
    j.encounter_id,
    j.staff_id,
    j.admitted_at as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join judged as j on j.encounter_id = v.encounter_id
