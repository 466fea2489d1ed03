-- What the stays of an institution use, by group and item: stays that had it, thousandths of its unit, and money.
-- Drugs, consumables, examinations and tests of the twelve months before the data end; net of refunds.
with span as (
    select cast(date_trunc('month', max(discharged_at)) as date) - interval 11 month as first_day from encounter
    where discharged_at is not null
),
stay as (
    select
        e.encounter_id, e.institution_id,
        coalesce(g.group_code, upper(substr(replace(e.main_diagnosis, '.', ''), 1, 3)), '?') as group_code
    from encounter as e
    cross join span as s
    left join (
        select encounter_id, group_code from case_group
        qualify row_number() over (partition by encounter_id order by version desc, region) = 1
    ) as g on g.encounter_id = e.encounter_id
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at >= s.first_day
),
used as (
    select
        s.institution_id, s.group_code, s.encounter_id, l.item_code, min(l.item_name) as item_name,
        case when l.charge_type in ('09', '10', '11') then 'drug' when l.charge_type = '08' then 'consumable'
            when l.charge_type = '03' then 'exam' else 'test' end as kind,
        cast(sum(l.quantity) as bigint) as quantity, cast(sum(l.amount) as bigint) as amount
    from stay as s
    inner join charge_line as l on l.encounter_id = s.encounter_id
    where l.charge_type in ('03', '04', '08', '09', '10', '11') and l.item_code is not null
    group by 1, 2, 3, 4, 6
    having cast(sum(l.amount) as bigint) > 0
)
select
    group_code, kind, item_code, institution_id, min(item_name) as item_name, count(*) as stays,
    cast(sum(quantity) as bigint) as quantity, cast(sum(amount) as bigint) as amount
from used
group by group_code, kind, item_code, institution_id
order by group_code, kind, item_code, institution_id
