-- The pieces of evidence that decide whether a finding is exempted, and where and when they lie.
-- Reads finding, finding_ref and the ledger's facts.
select
    r.finding_id, r.sequence, r.law_id, r.ref_table, r.ref_id, r.amount, r.fund_amount,
    coalesce(l.person_id, e.person_id, s.person_id, f.person_id) as person_id,
    coalesce(l.institution_id, e.institution_id, s.institution_id, f.institution_id) as institution_id,
    coalesce(l.encounter_id, e.encounter_id, s.encounter_id, f.encounter_id) as encounter_id,
    coalesce(l.settlement_id, s.settlement_id) as settlement_id,
    l.item_code,
    coalesce(l.charged_at, s.settled_at, e.admitted_at, f.occurred_at) as happened_at,
    r.amount <> 0 or r.fund_amount <> 0 as carries_money
from (
    -- one key for each table: an outer join with a condition on its own side would be tried pair by pair
    select
        finding_id, sequence, law_id, ref_table, ref_id, amount, fund_amount,
        case when ref_table = 'charge_line' then ref_id end as line_id,
        case when ref_table = 'settlement' then ref_id end as settlement_id,
        case when ref_table = 'encounter' then ref_id end as encounter_id
    from finding_ref
) as r
join finding as f on f.finding_id = r.finding_id
left join charge_line as l on l.line_id = r.line_id
left join settlement as s on s.settlement_id = r.settlement_id
left join encounter as e on e.encounter_id = r.encounter_id
-- what carries money decides; of a finding without money its first piece of evidence
where r.amount <> 0 or r.fund_amount <> 0 or (r.sequence = 1 and f.amount = 0 and f.fund_amount = 0)
