-- One row per pair of consecutive stays of a person at one institution, with everything their likeness is judged by.
with stay as (
    select encounter_id, person_id, institution_id, admitted_at, discharged_at, discharge_way
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at is not null and admitted_at < $as_of
),
followed as (
    select
        encounter_id as first_id, person_id, institution_id, discharged_at, discharge_way,
        lead(encounter_id) over w as second_id,
        lead(admitted_at) over w as readmitted_at
    from stay
    window w as (partition by person_id, institution_id order by admitted_at, encounter_id)
),
close_pair as (
    select
        first_id, second_id, person_id, institution_id, readmitted_at,
        date_diff('day', cast(discharged_at as date), cast(readmitted_at as date)) as gap_days
    from followed
    where second_id is not null
        and date_diff('day', cast(discharged_at as date), cast(readmitted_at as date)) between 0 and $window_days
        and readmitted_at >= date_trunc('day', discharged_at)
        -- A transfer or a death is not a discharge that could have been avoided.
        and coalesce(discharge_way, '') not in ('2', '5')
        -- Agencies close all stays at the turn of the year; the patient never left the bed.
        and not (
            extract(year from readmitted_at) > extract(year from discharged_at)
            and date_diff('day', cast(discharged_at as date), cast(readmitted_at as date)) <= $year_end_days
        )
),
involved as (
    select first_id as encounter_id from close_pair
    union
    select second_id as encounter_id from close_pair
),
paid as (
    select
        s.encounter_id,
        cast(sum(s.total_amount) as bigint) as amount,
        cast(sum(coalesce(s.fund_amount, 0)) as bigint) as fund_amount,
        max(case when s.reversed_settlement_id is null then s.settled_at end) as settled_at,
        count(s.reversed_settlement_id) as reversals
    from settlement as s
    inner join involved as i on i.encounter_id = s.encounter_id
    group by s.encounter_id
),
planned as (
    select i.encounter_id
    from involved as i
    inner join diagnosis as d on d.encounter_id = i.encounter_id
    where regexp_matches(d.code, $planned_diagnoses)
),
operation as (
    select i.encounter_id, min(substr(p.code, 1, 4)) as operation
    from involved as i
    inner join procedure as p on p.encounter_id = i.encounter_id
    where p.kind = '1' and p.is_main
    group by i.encounter_id
),
treatment as (
    -- Days on which a kind of treatment was given. Bed, ward round, nursing and general fees are in every stay.
    select
        l.encounter_id,
        case
            when l.list_type in ('101', '102', '103') then 'drug ' || substr(l.item_code, 1, 6)
            when l.list_type = '301' then 'material ' || substr(l.item_code, 1, 7)
            else 'service ' || substr(l.item_code, 1, 8)
        end as category,
        count(distinct cast(l.charged_at as date)) as days
    from charge_line as l
    inner join involved as i on i.encounter_id = l.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and coalesce(l.charge_type, '') not in ('01', '02', '07', '12', '13')
        and l.item_code is not null
    group by 1, 2
    union all
    select p.encounter_id, 'procedure ' || substr(p.code, 1, 4) as category, count(*) as days
    from procedure as p
    inner join involved as i on i.encounter_id = p.encounter_id
    group by 1, 2
),
norm as (
    select encounter_id, cast(sum(days * days) as bigint) as norm from treatment group by encounter_id
),
shared as (
    select c.second_id, cast(sum(a.days * b.days) as bigint) as product
    from close_pair as c
    inner join treatment as a on a.encounter_id = c.first_id
    inner join treatment as b on b.encounter_id = c.second_id and b.category = a.category
    group by c.second_id
)
select
    c.person_id, c.institution_id, c.first_id, c.second_id, c.readmitted_at, c.gap_days,
    second.staff_id,
    upper(replace(first.main_diagnosis, '.', '')) as first_diagnosis,
    upper(replace(second.main_diagnosis, '.', '')) as second_diagnosis,
    first.department as first_department, second.department as second_department,
    first.staff_id as first_staff, second.staff_id as second_staff,
    na.norm as first_norm, nb.norm as second_norm, coalesce(t.product, 0) as product,
    pa.encounter_id is not null as first_settled,
    coalesce(cast(pa.settled_at as date) < cast(first.discharged_at as date), false) as settled_in_bed,
    coalesce($stay_cap > 0 and pa.amount * 10000 >= cast($stay_cap as bigint) * $near_cap_rate, false) as near_cap,
    coalesce(pb.amount, 0) as amount, coalesce(pb.fund_amount, 0) as fund_amount
from close_pair as c
inner join encounter as first on first.encounter_id = c.first_id
inner join encounter as second on second.encounter_id = c.second_id
left join person as p on p.person_id = c.person_id
left join paid as pa on pa.encounter_id = c.first_id
left join paid as pb on pb.encounter_id = c.second_id
left join norm as na on na.encounter_id = c.first_id
left join norm as nb on nb.encounter_id = c.second_id
left join shared as t on t.second_id = c.second_id
left join operation as oa on oa.encounter_id = c.first_id
left join operation as ob on ob.encounter_id = c.second_id
where not exists (select 1 from planned as x where x.encounter_id = c.second_id)
    and not regexp_matches(coalesce(first.main_diagnosis, ''), $planned_diagnoses)
    and not regexp_matches(coalesce(second.main_diagnosis, ''), $planned_diagnoses)
    and not regexp_matches(coalesce(second.main_diagnosis, ''), $planned_diagnoses_icd9)
    and not regexp_matches(coalesce(first.main_diagnosis, ''), $planned_diagnoses_icd9)
    and not coalesce(date_diff('day', p.birth_date, cast(first.admitted_at as date)) <= $newborn_days, false)
    -- Surgery in both stays, and not the same: one stage after the other.
    and not coalesce(oa.operation <> ob.operation, false)
    and not coalesce(pa.reversals > 0 and pa.amount = 0, false)
    and not coalesce(pb.reversals > 0 and pb.amount = 0, false)
