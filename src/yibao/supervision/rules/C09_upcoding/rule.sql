-- Cases whose group hangs on exactly one complication. A complication of the four kinds that are often written without
-- ground needs some trace on the bill, in the reports or among the procedures of the stay; institutions that send no
-- charge lines of the stay are not asked. Cost and stay are compared with all cases of the group.
with hanging as (
    select
        encounter_id, person_id, institution_id, discharged_at, discharge_way, group_code, version, region, system,
        complication_code, amount, los_days,
        greatest(0, coalesce(standard_amount - plain_standard_amount, 0)) as difference
    from case_group
    where status = 'grouped' and complication_code is not null and plain_group <> group_code
),
kinds as (
    select
        encounter_id, complication_code as code,
        case
            when regexp_matches(complication_code, $sepsis_codes) then 'sepsis'
            when regexp_matches(complication_code, $failure_codes) then 'failure'
            when regexp_matches(complication_code, $clotting_codes) then 'clotting'
            when regexp_matches(complication_code, $nutrition_codes) then 'nutrition'
        end as kind
    from hanging
),
asked as (
    select k.encounter_id, k.code, k.kind
    from kinds as k
    where k.kind is not null
        and exists (select 1 from charge_line as l where l.encounter_id = k.encounter_id)
),
trace as (
    select a.encounter_id, a.kind, coalesce(l.item_name, '') as words
    from asked as a
    join charge_line as l on l.encounter_id = a.encounter_id
    union all
    select a.encounter_id, a.kind, coalesce(r.analyte, '') || ' ' || coalesce(e.conclusion, '')
    from asked as a
    join exam_report as e on e.encounter_id = a.encounter_id
    left join lab_result as r on r.report_id = e.report_id
),
supported as (
    select distinct encounter_id
    from trace
    where (kind = 'sepsis' and regexp_matches(words, $sepsis_evidence))
        or (kind = 'failure' and regexp_matches(words, $failure_evidence))
        or (kind = 'clotting' and regexp_matches(words, $clotting_evidence))
        or (kind = 'nutrition' and regexp_matches(words, $nutrition_evidence))
),
ventilated as (
    select encounter_id from procedure where regexp_matches(code, $ventilation_codes)
    union
    select encounter_id from list_detail where kind = 'ventilator'
),
unsupported as (
    select a.encounter_id, a.code
    from asked as a
    where not exists (select 1 from supported as s where s.encounter_id = a.encounter_id)
        and not (
            a.kind = 'failure' and exists (select 1 from ventilated as v where v.encounter_id = a.encounter_id)
        )
),
yardstick as (
    select
        system, version, region, group_code, count(*) as cases, cast(sum(amount) as bigint) as amount,
        cast(sum(los_days) as bigint) as days
    from case_group
    where status = 'grouped' and amount > 0 and los_days is not null
    group by system, version, region, group_code
    having count(*) >= $fewest_in_group
),
cheap as (
    select
        h.encounter_id, h.amount * y.cases * 100 // y.amount as cost_percent,
        h.los_days * y.cases * 100 // greatest(y.days, 1) as stay_percent
    from hanging as h
    join yardstick as y
        on y.system = h.system and y.version = h.version and y.region = h.region and y.group_code = h.group_code
    where h.amount > 0 and coalesce(h.discharge_way, '') not in ('2', '4', '5')
        and h.amount * y.cases * 100 <= $cheap_percent * y.amount
        and h.los_days * y.cases * 100 <= $short_percent * y.days
),
evidence as (
    select
        h.encounter_id, 'unsupported' as signal, cast(null as bigint) as value, 'diagnosis' as ref_table,
        h.encounter_id || '|' || cast(d.sequence as varchar) as ref_id, h.difference as amount
    from unsupported as u
    join hanging as h on h.encounter_id = u.encounter_id
    join (
        select encounter_id, code, min(sequence) as sequence from diagnosis group by encounter_id, code
    ) as d on d.encounter_id = u.encounter_id and d.code = u.code
    union all
    select
        h.encounter_id, 'low_cost', c.cost_percent, 'encounter', h.encounter_id,
        case when u.encounter_id is null then h.difference else cast(0 as bigint) end
    from cheap as c
    join hanging as h on h.encounter_id = c.encounter_id
    left join unsupported as u on u.encounter_id = c.encounter_id
    union all
    select h.encounter_id, 'short_stay', c.stay_percent, 'encounter', h.encounter_id, cast(0 as bigint)
    from cheap as c
    join hanging as h on h.encounter_id = c.encounter_id
)
select
    e.encounter_id as finding_key, h.person_id, h.institution_id, e.encounter_id, cast(null as varchar) as staff_id,
    h.discharged_at as occurred_at, e.signal, e.value, e.ref_table, e.ref_id, cast(null as varchar) as kp_id,
    e.amount, e.amount as fund_amount
from evidence as e
join hanging as h on h.encounter_id = e.encounter_id
