-- Stays in doubt: one finding per stay, at stake is its settlement net of reversals; a stay whose settlement was taken
-- back altogether is no finding. The law's own rule.sql says which stays and what speaks against each: one row per piece
-- of evidence, and the money goes with the one at `place` 1.
with doubted as (
{own}
),

paid as (
    select
        encounter_id,
        cast(sum(total_amount) as bigint) as amount,
        cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
        count(reversed_settlement_id) as reversals
    from settlement
    where encounter_id in (select encounter_id from doubted)
    group by encounter_id
)

select
    d.encounter_id as finding_key,
    d.person_id,
    d.institution_id,
    d.encounter_id,
    d.staff_id,
    d.occurred_at,
    d.signal,
    d.value,
    d.ref_table,
    d.ref_id,
    cast(null as varchar) as kp_id,
    case when d.place = 1 then coalesce(p.amount, 0) else 0 end as amount,
    case when d.place = 1 then coalesce(p.fund_amount, 0) else 0 end as fund_amount
from doubted as d
left join paid as p on p.encounter_id = d.encounter_id
where not coalesce(p.reversals > 0 and p.amount = 0, false)
