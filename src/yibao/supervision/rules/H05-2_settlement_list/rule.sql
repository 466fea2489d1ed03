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
)

select institution_id, month_at, signal, ref_table, ref_id, 0 as records
from error
union all
select institution_id, month_at, cast(null as varchar), cast(null as varchar), cast(null as varchar), count(*)
from list
group by institution_id, month_at
