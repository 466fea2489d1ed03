-- Where two laws on one charge share its money; what is exempted counts nothing.
-- Reads placed and exempted (placed.sql, exempted.sql) and law_exemption.
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
