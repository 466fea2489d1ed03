-- One row per settled visit of the period, net of reversals: what every measure of the models is counted from.
with reversed as (
    select distinct reversed_settlement_id as settlement_id from settlement where reversed_settlement_id is not null
),
paid as (
    select encounter_id, cast(sum(total_amount) as bigint) as total, cast(sum(fund_amount) as bigint) as fund,
        cast(sum(coalesce(cash_amount, 0)) as bigint) as cash, min(settled_at) as settled_at
    from settlement as s
    where s.reversed_settlement_id is null
        and not exists (select 1 from reversed as r where r.settlement_id = s.settlement_id)
    group by encounter_id
),
line as (
    select encounter_id,
        cast(sum(case when charge_type in ('09', '10', '11') then amount else 0 end) as bigint) as drug,
        cast(sum(case when charge_type in ('03', '04') then amount else 0 end) as bigint) as exam,
        cast(sum(case when charge_type = '08' then amount else 0 end) as bigint) as material,
        cast(sum(case when charge_type in ('05', '06') then amount else 0 end) as bigint) as treatment,
        cast(sum(case when charge_type in ('01', '02', '07', '12', '13', '14') then amount else 0 end) as bigint) as stay,
        count(distinct case when charge_type in ('09', '10', '11') then item_code end) as drugs,
        cast(sum(case when quantity > 0 then coalesce(days_supply, 0) else 0 end) as bigint) as supply_days
    from charge_line
    group by encounter_id
)
select e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at as began_at, p.settled_at,
    e.kind in ('21', '22', '23', '24', '52') as inpatient, e.kind = '41' as pharmacy,
    greatest(date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date)), 1) as days,
    e.main_diagnosis as diagnosis, coalesce(e.out_of_region, false) as out_of_region, e.kind,
    p.total, p.fund, p.cash, coalesce(l.drug, 0) as drug, coalesce(l.exam, 0) as exam,
    coalesce(l.material, 0) as material, coalesce(l.treatment, 0) as treatment, coalesce(l.stay, 0) as stay,
    coalesce(l.drugs, 0) as drugs, coalesce(l.supply_days, 0) as supply_days,
    lead(e.admitted_at) over (partition by e.person_id, e.kind in ('21', '22', '23', '24', '52') order by e.admitted_at)
        as next_began_at
from encounter as e
join paid as p on p.encounter_id = e.encounter_id
left join line as l on l.encounter_id = e.encounter_id
where e.admitted_at >= $since and e.admitted_at < $until and p.total > 0
