-- Per institution: discharges, unplanned readmissions anywhere within $window_days, and how many the case mix lets expect.
with withdrawn as (
    select encounter_id
    from settlement
    group by encounter_id
    having count(reversed_settlement_id) > 0 and cast(sum(total_amount) as bigint) = 0
),
stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.admitted_at, e.discharge_way, e.main_diagnosis,
        -- A plan counts with its purpose: ticked alone it would excuse everything.
        coalesce(e.readmission_planned, false) and length(trim(coalesce(e.readmission_purpose, ''))) > 0 as has_plan,
        cast(e.admitted_at as date) as first_day, cast(e.discharged_at as date) as last_day
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null and e.admitted_at < $as_of
        and not exists (select 1 from withdrawn as w where w.encounter_id = e.encounter_id)
),
span as (
    -- A discharge in the last days of the data has not had its time to come back.
    select
        cast(max(first_day) - ($window_days - 1) * interval 1 day as date) as period_to,
        cast(max(first_day) - ($window_days - 1 + $period_days) * interval 1 day as date) as earliest,
        min(last_day) as first_discharge
    from stay
),
period as (
    select greatest(earliest, first_discharge) as period_from, period_to from span
),
discharge as (
    select
        s.encounter_id, s.person_id, s.institution_id, s.last_day, s.has_plan, p.period_from, p.period_to,
        coalesce(upper(substr(replace(s.main_diagnosis, '.', ''), 1, 3)), '?') as disease,
        case
            when b.birth_date is null then '?'
            when date_diff('day', b.birth_date, s.first_day) < 15 * 365 then '0-14'
            when date_diff('day', b.birth_date, s.first_day) < 45 * 365 then '15-44'
            when date_diff('day', b.birth_date, s.first_day) < 65 * 365 then '45-64'
            when date_diff('day', b.birth_date, s.first_day) < 75 * 365 then '65-74'
            when date_diff('day', b.birth_date, s.first_day) < 85 * 365 then '75-84'
            else '85+'
        end as age_band
    from stay as s
    cross join period as p
    left join person as b on b.person_id = s.person_id
    where s.last_day >= p.period_from and s.last_day < p.period_to
        and coalesce(s.discharge_way, '') not in ('2', '5')
        and (b.death_date is null or b.death_date > s.last_day)
        -- Still in another bed that night: moved on, not discharged.
        and not exists (
            select 1 from stay as o
            where o.person_id = s.person_id and o.encounter_id <> s.encounter_id
                and o.first_day <= s.last_day and o.last_day > s.last_day
        )
),
next_stay as (
    select
        d.encounter_id,
        d.has_plan or regexp_matches(coalesce(n.main_diagnosis, ''), $planned_diagnoses) as is_planned
    from discharge as d
    inner join stay as n
        on n.person_id = d.person_id
        and n.first_day > d.last_day
        and date_diff('day', d.last_day, n.first_day) <= $window_days
    qualify row_number() over (partition by d.encounter_id order by n.admitted_at, n.encounter_id) = 1
),
outcome as (
    select
        d.institution_id, d.period_from, d.period_to, d.disease, d.age_band,
        case when n.encounter_id is not null and not n.is_planned then 1 else 0 end as readmitted
    from discharge as d
    left join next_stay as n on n.encounter_id = d.encounter_id
),
sized as (
    -- A rare disease would be compared with itself: below $min_stratum discharges it joins the others of its age.
    select
        institution_id, period_from, period_to, age_band, readmitted,
        case when count(*) over (partition by disease, age_band) >= $min_stratum then disease else 'other' end as disease
    from outcome
),
stratum as (
    select disease, age_band, count(*) as discharges, cast(sum(readmitted) as bigint) as readmissions
    from sized
    group by disease, age_band
),
cell as (
    select
        institution_id, period_from, period_to, disease, age_band,
        count(*) as discharges, cast(sum(readmitted) as bigint) as readmissions
    from sized
    group by institution_id, period_from, period_to, disease, age_band
)
select
    c.institution_id, c.period_from, c.period_to,
    cast(sum(c.readmissions) as bigint) as observed,
    cast(sum(c.discharges) as bigint) as discharges,
    cast(sum(round_half_up(c.discharges * s.readmissions * 1000000, s.discharges)) as bigint) as expected_ppm
from cell as c
inner join stratum as s on s.disease = c.disease and s.age_band = c.age_band
group by c.institution_id, c.period_from, c.period_to
