-- H05-2 · Settlement lists of stays that are incomplete, contradict themselves or use codes that no list knows. One
-- finding per institution and month in which such lists are no exception.
with list as (
    select e.encounter_id, e.institution_id, e.main_diagnosis, e.discharge_way, e.admitted_at, e.discharged_at,
        e.department, s.total_amount, s.fund_amount, s.person_amount, s.hospital_amount,
        date_trunc('month', coalesce(e.discharged_at, e.admitted_at)) as month_at
    from encounter as e
    join settlement as s on s.encounter_id = e.encounter_id and s.reversed_settlement_id is null
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at <= $as_of
        and e.encounter_id in (select encounter_id from encounter_bill)
),

known as (
    select distinct code from code_diagnosis
),

error as (
    select institution_id, month_at, 'incomplete' as signal, 'encounter' as ref_table, encounter_id as ref_id
    from list
    where main_diagnosis is null or discharge_way is null or department is null
    union all
    select institution_id, month_at, 'times', 'encounter', encounter_id
    from list
    where discharged_at < admitted_at
    union all
    select institution_id, month_at, 'sums', 'encounter', encounter_id
    from list
    where total_amount <> coalesce(fund_amount, 0) + coalesce(person_amount, 0) + coalesce(hospital_amount, 0)
    union all
    select l.institution_id, l.month_at, 'unknown_diagnosis', 'encounter', l.encounter_id
    from list as l
    where l.main_diagnosis is not null
        and exists (select 1 from known)
        and not exists (select 1 from known as k where k.code = l.main_diagnosis)
),

total as (
    select institution_id, month_at, count(*) as records
    from list
    group by institution_id, month_at
),

counted as (
    select institution_id, month_at, signal, count(*) as errors
    from error
    group by institution_id, month_at, signal
),

monthly as (
    select c.institution_id, c.month_at, cast(sum(c.errors) as bigint) as errors, max(t.records) as records
    from counted as c
    join total as t on t.institution_id = c.institution_id and t.month_at = c.month_at
    group by c.institution_id, c.month_at
    having cast(sum(c.errors) as bigint) >= $min_errors
        and cast(sum(c.errors) as bigint) * 10000 > $error_share * max(t.records)
),

evidence as (
    select institution_id, month_at, 'share' as signal, errors * 10000 // records as value, 'institution' as ref_table,
        institution_id as ref_id
    from monthly
    union all
    select shown.institution_id, shown.month_at, shown.signal, shown.errors, shown.ref_table, shown.ref_id
    from (
        select e.institution_id, e.month_at, e.signal, c.errors, e.ref_table, e.ref_id
        from error as e
        join monthly as m on m.institution_id = e.institution_id and m.month_at = e.month_at
        join counted as c on c.institution_id = e.institution_id and c.month_at = e.month_at and c.signal = e.signal
        qualify row_number() over (partition by e.institution_id, e.month_at, e.signal order by e.ref_id) <= $shown
    ) as shown
)

select
    institution_id || '|' || substr(cast(cast(month_at as date) as varchar), 1, 7) as finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    month_at as occurred_at,
    signal,
    value,
    ref_table,
    ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from evidence
