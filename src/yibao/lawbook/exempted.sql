-- The one place where exemptions are applied, whether a run, an order or a bill is judged.
-- Reads placed (placed.sql), law_exemption (law_id, kind, rank), exemption and the ledger's facts.
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
group by finding_id, sequence
