-- Stays in doubt: one finding per stay, at stake is its settlement net of reversals; a stay whose settlement was taken
-- back altogether is no finding. The law's own rule.sql says which stays and what speaks against each: one row per piece
-- of evidence, and the money goes with the one at `place` 1.
with doubted as (
{own}
)

-- Money is joined here and nowhere before: an engine that computes `doubted` anew for each mention does so once.
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
    case when d.place = 1 then coalesce(cast(sum(s.total_amount) as bigint), 0) else 0 end as amount,
    case when d.place = 1 then coalesce(cast(sum(s.fund_amount) as bigint), 0) else 0 end as fund_amount
from doubted as d
left join settlement as s on s.encounter_id = d.encounter_id
group by d.encounter_id, d.person_id, d.institution_id, d.staff_id, d.occurred_at, d.signal, d.value, d.ref_table,
    d.ref_id, d.place
having not coalesce(count(s.reversed_settlement_id) > 0 and cast(sum(s.total_amount) as bigint) = 0, false)
