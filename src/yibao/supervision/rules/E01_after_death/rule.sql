-- Services dated after a person's death. Lines where the ledger has lines; the settlement where it has claims only.
with report as (
    select person_id, death_date, source as origin, 'death_source' as ref_table, death_source_id as ref_id
    from death_source
    union all
    select person_id, death_date, 'register' as origin, 'person' as ref_table, person_id as ref_id
    from person
    where death_date is not null
    union all
    select
        person_id, cast(discharged_at as date) as death_date, 'hospital' as origin,
        'encounter' as ref_table, encounter_id as ref_id
    from encounter
    where discharge_way = '5' and discharged_at is not null
),
dead as (
    select
        person_id,
        -- Where sources differ nobody is held dead before the last of them says so.
        max(death_date) as death_date,
        -- The register is filled from the other sources: it counts only where it stands alone.
        greatest(count(distinct case when origin <> 'register' then origin end), 1) as sources
    from report
    group by person_id
),
seen_alive as (
    -- A face recognised after a death that one source alone reports: the report was matched to the wrong person.
    select distinct d.person_id
    from dead as d
    inner join encounter as e on e.person_id = d.person_id
    where d.sources = 1 and e.certificate = '04'
        and date_diff('day', d.death_date, cast(e.admitted_at as date)) > $grace_days
),
judged as (
    select d.person_id, d.death_date, d.sources
    from dead as d
    where d.sources >= $min_sources and not exists (select 1 from seen_alive as a where a.person_id = d.person_id)
),
line as (
    select
        d.person_id, d.sources, l.institution_id, l.encounter_id, l.staff_id, l.line_id,
        coalesce(l.encounter_id, l.line_id) as finding_key,
        least(l.charged_at, coalesce(l.executed_at, l.charged_at)) as served_at, d.death_date,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from judged as d
    inner join charge_line as l on l.person_id = d.person_id
    left join charge_reversal as r on r.line_id = l.line_id
    left join encounter as e on e.encounter_id = l.encounter_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and l.charged_at <= $as_of
        -- A visit or stay that ended in time is only being posted late.
        and (e.discharged_at is null or date_diff('day', d.death_date, cast(e.discharged_at as date)) > $grace_days)
),
late_line as (
    select
        person_id, sources, institution_id, encounter_id, staff_id, finding_key, served_at,
        date_diff('day', death_date, cast(served_at as date)) as days,
        'charge_line' as ref_table, line_id as ref_id, amount, fund_amount
    from line
    where date_diff('day', death_date, cast(served_at as date)) > $grace_days
),
claim as (
    select
        d.person_id, d.sources, d.death_date, e.encounter_id, e.institution_id, e.staff_id, e.admitted_at,
        s.settlement_id, s.total_amount as amount, coalesce(s.fund_amount, 0) as fund_amount,
        cast(sum(s.total_amount) over (partition by s.encounter_id) as bigint) as standing_amount,
        count(s.reversed_settlement_id) over (partition by s.encounter_id) as reversals
    from judged as d
    inner join encounter as e on e.person_id = d.person_id
    inner join settlement as s on s.encounter_id = e.encounter_id
    where date_diff('day', d.death_date, cast(e.admitted_at as date)) > $grace_days
        and e.admitted_at <= $as_of
        and not exists (select 1 from charge_line as l where l.encounter_id = e.encounter_id)
),
late_claim as (
    select
        person_id, sources, institution_id, encounter_id, staff_id, encounter_id as finding_key,
        admitted_at as served_at, date_diff('day', death_date, cast(admitted_at as date)) as days,
        'settlement' as ref_table, settlement_id as ref_id, amount, fund_amount
    from claim
    where not (reversals > 0 and standing_amount = 0)
),
late as (
    select * from late_line
    union all
    select * from late_claim
),
visit as (
    select
        finding_key, person_id, max(sources) as sources, max(institution_id) as institution_id,
        max(encounter_id) as encounter_id, max(staff_id) as staff_id, max(served_at) as occurred_at
    from late
    group by finding_key, person_id
)
select
    v.finding_key, v.person_id, v.institution_id, v.encounter_id, v.staff_id, v.occurred_at,
    'days_after_death' as signal, e.days as value, e.ref_table, e.ref_id, cast(null as varchar) as kp_id,
    e.amount, e.fund_amount
from visit as v
inner join late as e on e.finding_key = v.finding_key
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, occurred_at,
    'sources' as signal, sources as value, 'person' as ref_table, person_id as ref_id, cast(null as varchar) as kp_id,
    cast(0 as bigint) as amount, cast(0 as bigint) as fund_amount
from visit
union all
select
    v.finding_key, v.person_id, v.institution_id, v.encounter_id, v.staff_id, v.occurred_at,
    'death_report' as signal, cast(null as bigint) as value, r.ref_table, r.ref_id, cast(null as varchar) as kp_id,
    cast(0 as bigint) as amount, cast(0 as bigint) as fund_amount
from visit as v
inner join report as r on r.person_id = v.person_id
