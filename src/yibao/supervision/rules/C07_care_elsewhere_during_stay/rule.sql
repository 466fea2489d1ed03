-- The part of a stay in which the patient is surely there.
with stay as (
    select
        encounter_id, person_id, institution_id, admitted_at,
        admitted_at + $margin_minutes * interval 1 minute as from_at,
        discharged_at - $margin_minutes * interval 1 minute as until_at
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at is not null
),

-- Registrations may be paid before, special outpatient refills are allowed: neither is care received.
elsewhere as (
    select
        v.encounter_id, v.person_id, v.institution_id, v.staff_id, v.admitted_at as visited_at, v.kind, v.certificate,
        s.encounter_id as stay_id,
        date_diff('day', cast(s.admitted_at as date), cast(v.admitted_at as date)) + 1 as day_of_stay
    from stay as s
    join encounter as v
        on v.person_id = s.person_id
        and v.admitted_at > s.from_at
        and v.admitted_at < s.until_at
        and v.institution_id <> s.institution_id
    where v.kind in ('11', '13', '41', '51')
    qualify row_number() over (partition by v.encounter_id order by s.encounter_id) = 1
),

paid as (
    select
        encounter_id,
        cast(sum(total_amount) as bigint) as amount,
        cast(sum(coalesce(fund_amount, 0)) as bigint) as fund_amount,
        cast(sum(coalesce(account_amount, 0) + coalesce(family_account_amount, 0)) as bigint) as account_amount,
        count(reversed_settlement_id) as reversals
    from settlement
    where encounter_id in (select encounter_id from elsewhere)
    group by encounter_id
),

-- Away with leave, for an examination or otherwise, at that moment.
away as (
    select distinct e.encounter_id
    from elsewhere as e
    join leave_checkin as l on l.encounter_id = e.stay_id
    where l.kind = 'leave'
        and l.approved
        and l.begin_at <= e.visited_at
        and coalesce(l.end_at, e.visited_at) >= e.visited_at
),

finding as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.visited_at, e.stay_id, e.day_of_stay,
        case e.kind when '41' then 'purchase' else 'visit' end as signal,
        e.certificate in ('02', '03', '04') as in_person,
        coalesce(p.amount, 0) as amount, coalesce(p.fund_amount, 0) as fund_amount
    from elsewhere as e
    left join paid as p on p.encounter_id = e.encounter_id
    where not exists (select 1 from away as a where a.encounter_id = e.encounter_id)
        and not coalesce(p.fund_amount = 0 and p.account_amount > 0, false)
        and not coalesce(p.reversals > 0 and p.amount = 0, false)
),

-- What was bought elsewhere and is given on the ward too: the same ingredient, whatever its maker and pack.
ingredient as (
    select item_code, min(coalesce(ingredient_code, substr(item_code, 1, 10))) as ingredient
    from catalogue_item
    where list_type = '101'
    group by item_code
),

drug as (
    select l.line_id, l.encounter_id, i.ingredient, l.amount + coalesce(r.amount, 0) as amount
    from charge_line as l
    join ingredient as i on i.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.encounter_id in (select encounter_id from finding union select stay_id from finding)
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

also_on_the_ward as (
    select f.encounter_id, d.line_id, d.amount
    from finding as f
    join drug as d on d.encounter_id = f.encounter_id
    where exists (select 1 from drug as w where w.encounter_id = f.stay_id and w.ingredient = d.ingredient)
)

select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at, signal,
    day_of_stay as value, 'encounter' as ref_table, encounter_id as ref_id, cast(null as varchar) as kp_id,
    amount, fund_amount
from finding
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at,
    'stay' as signal, cast(null as bigint) as value, 'encounter' as ref_table, stay_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at,
    'seen_in_person' as signal, cast(null as bigint) as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where in_person
union all
select
    f.encounter_id as finding_key, f.person_id, f.institution_id, f.encounter_id, f.staff_id,
    f.visited_at as occurred_at, 'also_on_the_ward' as signal, w.amount as value, 'charge_line' as ref_table,
    w.line_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding as f
join also_on_the_ward as w on w.encounter_id = f.encounter_id
