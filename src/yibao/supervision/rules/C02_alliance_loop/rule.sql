with stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at, e.discharged_at, e.discharge_way,
        upper(e.main_diagnosis) as main_diagnosis, i.group_id
    from encounter as e
    left join institution as i on i.institution_id = e.institution_id
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
),

followed as (
    select
        stay.*,
        lag(encounter_id) over w as earlier_id,
        lag(institution_id) over w as earlier_institution_id,
        lag(group_id) over w as earlier_group_id,
        lag(discharged_at) over w as earlier_discharged_at,
        lag(discharge_way) over w as earlier_way,
        lag(main_diagnosis) over w as earlier_diagnosis
    from stay
    window w as (partition by person_id order by admitted_at, encounter_id)
),

-- A documented transfer, a step down to community care, a death or leaving against advice is no split.
pair as (
    select
        followed.*,
        date_diff('day', cast(earlier_discharged_at as date), cast(admitted_at as date)) as gap_days
    from followed
    where earlier_institution_id <> institution_id
        and earlier_group_id = group_id
        and date_diff('day', cast(earlier_discharged_at as date), cast(admitted_at as date)) between 0 and $window_days
        and admitted_at >= earlier_discharged_at
        and coalesce(earlier_way, '') not in ('2', '3', '4', '5')
        and substr(main_diagnosis, 1, 3) = substr(earlier_diagnosis, 1, 3)
        and not regexp_matches(main_diagnosis, $planned_diagnoses)
        and not (
            extract(year from admitted_at) > extract(year from earlier_discharged_at)
            and date_diff('day', cast(earlier_discharged_at as date), cast(admitted_at as date)) <= 1
        )
),

planned as (
    select distinct encounter_id
    from diagnosis
    where encounter_id in (select encounter_id from pair) and regexp_matches(upper(code), $planned_diagnoses)
),

-- Surgery in both stays, and not the same: one stage after the other.
operation as (
    select encounter_id, min(substr(code, 1, 4)) as operation
    from procedure
    where kind = '1'
        and is_main
        and (encounter_id in (select encounter_id from pair) or encounter_id in (select earlier_id from pair))
    group by encounter_id
),

involved as (
    select encounter_id from pair
    union
    select earlier_id as encounter_id from pair
),

paid as (
    select
        s.encounter_id,
        cast(sum(s.total_amount) as bigint) as amount,
        cast(sum(coalesce(s.fund_amount, 0)) as bigint) as fund_amount,
        count(s.reversed_settlement_id) as reversals
    from settlement as s
    where s.encounter_id in (select encounter_id from involved)
    group by s.encounter_id
),

finding as (
    select
        p.encounter_id, p.person_id, p.institution_id, p.staff_id, p.admitted_at, p.earlier_id, p.gap_days,
        coalesce(b.amount, 0) as amount, coalesce(b.fund_amount, 0) as fund_amount,
        before.encounter_id is not null as is_third
    from pair as p
    left join paid as a on a.encounter_id = p.earlier_id
    left join paid as b on b.encounter_id = p.encounter_id
    left join operation as x on x.encounter_id = p.earlier_id
    left join operation as y on y.encounter_id = p.encounter_id
    left join pair as before on before.encounter_id = p.earlier_id
    where not exists (select 1 from planned as q where q.encounter_id = p.encounter_id)
        and not coalesce(x.operation <> y.operation, false)
        and not coalesce(a.reversals > 0 and a.amount = 0, false)
        and not coalesce(b.reversals > 0 and b.amount = 0, false)
)

select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, admitted_at as occurred_at,
    'gap_days' as signal, gap_days as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from finding
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, admitted_at as occurred_at,
    'earlier_stay' as signal, cast(null as bigint) as value, 'encounter' as ref_table, earlier_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, admitted_at as occurred_at,
    'third_stay' as signal, 3 as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where is_third
