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
        -- The insurer's register is filled from the other sources: it counts only where it stands alone.
        greatest(count(distinct case when origin <> 'register' then origin end), 1) as sources,
        max(case when origin = 'register' then 1 else 0 end) as registered
    from report
    group by person_id
),
service as (
    select
        l.person_id, l.institution_id, l.encounter_id, l.staff_id, coalesce(l.encounter_id, l.line_id) as finding_key,
        d.death_date, d.sources, d.registered, least(l.charged_at, coalesce(l.executed_at, l.charged_at)) as served_at,
        'charge_line' as ref_table, l.line_id as ref_id, l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from dead as d
    inner join charge_line as l on l.person_id = d.person_id
    left join charge_reversal as r on r.line_id = l.line_id
    left join encounter as e on e.encounter_id = l.encounter_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        -- A visit or stay that ended in time is only being posted late.
        and (e.discharged_at is null or date_diff('day', d.death_date, cast(e.discharged_at as date)) > $grace_days)
    union all
    select
        e.person_id, e.institution_id, e.encounter_id, e.staff_id, e.encounter_id as finding_key,
        d.death_date, d.sources, d.registered, e.admitted_at as served_at,
        'settlement' as ref_table, s.settlement_id as ref_id, s.total_amount as amount,
        coalesce(s.fund_amount, 0) as fund_amount
    from dead as d
    inner join encounter as e on e.person_id = d.person_id
    inner join settlement as s on s.encounter_id = e.encounter_id
    where not exists (select 1 from charge_line as l where l.encounter_id = e.encounter_id)
    -- A claim that was withdrawn leaves nothing.
    qualify count(s.reversed_settlement_id) over (partition by s.encounter_id) = 0
        or cast(sum(s.total_amount) over (partition by s.encounter_id) as bigint) <> 0
),
late as (
    select
        finding_key, person_id, institution_id, encounter_id, staff_id, sources, ref_table, ref_id, amount, fund_amount,
        date_diff('day', death_date, cast(served_at as date)) as days,
        max(served_at) over (partition by finding_key) as occurred_at,
        row_number() over (partition by finding_key order by served_at, ref_id) as number
    from service as s
    where date_diff('day', death_date, cast(served_at as date)) > $grace_days
        and served_at <= $as_of
        and (sources >= $min_sources or registered = 1)
        -- A face recognised after a death that one source alone reports: the report was matched to the wrong person.
        and not exists (
            select 1 from encounter as a
            where a.person_id = s.person_id and a.certificate = '04' and s.sources = 1
                and date_diff('day', s.death_date, cast(a.admitted_at as date)) > $grace_days
        )
)
select
    finding_key, person_id, institution_id, encounter_id, staff_id, occurred_at,
    'days_after_death' as signal, days as value, ref_table, ref_id, cast(null as varchar) as kp_id, amount, fund_amount
from late
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, occurred_at,
    'sources' as signal, sources as value, 'person' as ref_table, person_id as ref_id, cast(null as varchar) as kp_id,
    cast(0 as bigint) as amount, cast(0 as bigint) as fund_amount
from late
where number = 1
union all
select
    l.finding_key, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.occurred_at,
    'death_report' as signal, cast(null as bigint) as value, r.ref_table, r.ref_id, cast(null as varchar) as kp_id,
    cast(0 as bigint) as amount, cast(0 as bigint) as fund_amount
from late as l
inner join report as r on r.person_id = l.person_id
where l.number = 1
