-- The one place where exemptions are applied, whether a run, an order or a bill is judged.
-- Reads law_exemption (law_id, kind, rank), finding, finding_ref and the ledger's facts.
create or replace temp table placed as
select
    r.finding_id, r.sequence, r.law_id, r.ref_table, r.ref_id, r.amount, r.fund_amount,
    coalesce(l.person_id, e.person_id, s.person_id, f.person_id) as person_id,
    coalesce(l.institution_id, e.institution_id, s.institution_id, f.institution_id) as institution_id,
    coalesce(l.encounter_id, e.encounter_id, s.encounter_id, f.encounter_id) as encounter_id,
    coalesce(l.settlement_id, s.settlement_id) as settlement_id,
    l.item_code,
    coalesce(l.charged_at, s.settled_at, e.admitted_at, f.occurred_at) as happened_at,
    r.amount <> 0 or r.fund_amount <> 0 as carries_money
from finding_ref as r
join finding as f on f.finding_id = r.finding_id
left join charge_line as l on r.ref_table = 'charge_line' and l.line_id = r.ref_id
left join settlement as s on r.ref_table = 'settlement' and s.settlement_id = r.ref_id
left join encounter as e on r.ref_table = 'encounter' and e.encounter_id = r.ref_id
-- what carries money decides; of a finding without money its first piece of evidence
where r.amount <> 0 or r.fund_amount <> 0 or (r.sequence = 1 and f.amount = 0 and f.fund_amount = 0);

create or replace temp table exempted as
with approved as (
    select p.finding_id, p.sequence, x.kind || ' ' || x.exemption_id as ground
    from placed as p
    join exemption as x
        on (x.law_id is null or x.law_id = p.law_id)
        and (x.person_id is null or x.person_id = p.person_id)
        and (x.institution_id is null or x.institution_id = p.institution_id)
        and (x.encounter_id is null or x.encounter_id = p.encounter_id)
        and (x.item_code is null or x.item_code = p.item_code)
        and (x.begin_at is null or p.happened_at >= x.begin_at)
        and (x.end_at is null or p.happened_at < x.end_at)
        and (x.expires_on is null or cast(p.happened_at as date) < x.expires_on)
    where x.law_id = p.law_id
        or exists (select 1 from law_exemption as a where a.law_id = p.law_id and a.kind = x.kind)
),
detected as (
    select p.finding_id, p.sequence, a.kind as ground
    from placed as p
    join law_exemption as a on a.law_id = p.law_id
    join encounter as e on e.encounter_id = p.encounter_id
    join encounter_bill as b on b.encounter_id = p.encounter_id
    where {detected}
)
select finding_id, sequence, min(ground) as ground
from (select * from approved union all select * from detected) as every
group by finding_id, sequence;
