with named_severe as (
    -- The code of a pneumonia does not say how severe it is; its name does.
    select distinct encounter_id
    from diagnosis
    where is_main and regexp_matches(code, $pneumonia_codes) and regexp_matches(coalesce(name, ''), $severe_names)
),

severe as (
    select
        encounter_id, person_id, institution_id, staff_id, discharged_at,
        case
            when regexp_matches(main_diagnosis, $sepsis_codes) then 'sepsis'
            when regexp_matches(main_diagnosis, $failure_codes) then 'failure'
            when regexp_matches(main_diagnosis, $bleeding_codes) then 'bleeding'
            else 'failure'
        end as disease
    from encounter
    where kind in ('21', '22', '23', '24', '52')
        and discharged_at is not null
        -- who died or was sent on within the day left no time for tests
        and not (
            coalesce(discharge_way, '') in ('2', '5')
            and cast(epoch(discharged_at) as bigint) - cast(epoch(admitted_at) as bigint) < 86400
        )
        and (
            regexp_matches(main_diagnosis, $sepsis_codes)
            or regexp_matches(main_diagnosis, $failure_codes)
            or regexp_matches(main_diagnosis, $bleeding_codes)
            or encounter_id in (select encounter_id from named_severe)
        )
),

supported as (
    select s.encounter_id
    from severe as s
    join charge_line as l on l.encounter_id = s.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and (
            (s.disease = 'sepsis' and regexp_matches(l.item_name, $sepsis_evidence))
            or (s.disease = 'failure' and regexp_matches(l.item_name, $failure_evidence))
            or (s.disease = 'bleeding' and regexp_matches(l.item_name, $bleeding_evidence))
        )
    union
    select s.encounter_id
    from severe as s
    join procedure as p on p.encounter_id = s.encounter_id
    where (s.disease = 'bleeding' and regexp_matches(p.code, $bleeding_operations))
        or (s.disease = 'failure' and regexp_matches(p.code, $ventilation_codes))
),

-- A bill that nobody sent proves nothing.
billed as (
    select distinct encounter_id from charge_line where encounter_id in (select encounter_id from severe)
)

select
    s.encounter_id as finding_key, s.person_id, s.institution_id, s.encounter_id, s.staff_id,
    s.discharged_at as occurred_at, 'unsupported' as signal, cast(null as bigint) as value,
    'encounter' as ref_table, s.encounter_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from severe as s
join billed as b on b.encounter_id = s.encounter_id
where not exists (select 1 from supported as x where x.encounter_id = s.encounter_id)
