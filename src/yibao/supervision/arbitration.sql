-- The one place where exemptions are applied and where two laws on one charge share its money.
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

-- A charge on which several laws meet counts as much as the law that says most, first for the graver law. The running
-- maximum of what has been said is what has been counted; what a law adds to it is its own part.
create or replace temp table ranked as
select
    p.*, x.ground, coalesce(g.rank, 3) as rank,
    case when x.ground is null then p.amount else 0 end as open_amount,
    case when x.ground is null then p.fund_amount else 0 end as open_fund
from placed as p
left join exempted as x on x.finding_id = p.finding_id and x.sequence = p.sequence
left join (select law_id, min(rank) as rank from law_exemption group by law_id) as g on g.law_id = p.law_id
where p.carries_money;

create or replace temp table running as
select
    r.*,
    max(open_amount) over w as said, coalesce(max(open_amount) over b, 0) as said_before,
    max(open_fund) over w as said_fund, coalesce(max(open_fund) over b, 0) as said_fund_before
from ranked as r
window
    w as (partition by ref_table, ref_id, case when ref_table in ('charge_line', 'settlement', 'encounter') then ''
        else finding_id || '|' || cast(sequence as varchar) end
        order by rank, law_id, finding_id, sequence rows between unbounded preceding and current row),
    b as (partition by ref_table, ref_id, case when ref_table in ('charge_line', 'settlement', 'encounter') then ''
        else finding_id || '|' || cast(sequence as varchar) end
        order by rank, law_id, finding_id, sequence rows between unbounded preceding and 1 preceding);

create or replace temp table line_part as
select settlement_id, encounter_id, cast(sum(amount) as bigint) as amount, cast(sum(fund) as bigint) as fund
from (
    select ref_id, max(settlement_id) as settlement_id, max(encounter_id) as encounter_id,
        greatest(max(said), 0) as amount, greatest(max(said_fund), 0) as fund
    from running
    where ref_table = 'charge_line'
    group by ref_id
) as line
group by settlement_id, encounter_id;

create or replace temp table settlement_part as
select s.encounter_id, cast(sum(greatest(s.said - coalesce(p.amount, 0), 0)) as bigint) as amount,
    cast(sum(greatest(s.said_fund - coalesce(p.fund, 0), 0)) as bigint) as fund
from (
    select ref_id, max(encounter_id) as encounter_id, max(said) as said, max(said_fund) as said_fund
    from running
    where ref_table = 'settlement'
    group by ref_id
) as s
left join (
    select settlement_id, cast(sum(amount) as bigint) as amount, cast(sum(fund) as bigint) as fund
    from line_part
    group by settlement_id
) as p on p.settlement_id = s.ref_id
group by s.encounter_id;

-- What was counted inside a settlement or an encounter is taken off what is said of the whole.
create or replace temp table inside as
select 'settlement' as ref_table, settlement_id as ref_id, cast(sum(amount) as bigint) as amount,
    cast(sum(fund) as bigint) as fund
from line_part
where settlement_id is not null
group by settlement_id
union all
select 'encounter', encounter_id, cast(sum(amount) as bigint), cast(sum(fund) as bigint)
from (
    select encounter_id, amount, fund from line_part
    union all
    select encounter_id, amount, fund from settlement_part
) as part
where encounter_id is not null
group by encounter_id;
