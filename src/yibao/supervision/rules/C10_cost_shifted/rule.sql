with stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.admitted_at, e.discharged_at, i.group_id,
        coalesce(i.kind, '') || '|' || coalesce(i.level, '') as peer_group
    from encounter as e
    left join institution as i on i.institution_id = e.institution_id
    where e.kind in ('21', '22', '23', '52')
),

surgical as (
    select distinct encounter_id from procedure where kind = '1'
),

-- Outpatient visits to the same institution on the days before a surgical stay.
before_surgery as (
    select
        v.encounter_id, v.person_id, v.institution_id, v.staff_id, v.admitted_at as visited_at, s.encounter_id as stay_id,
        date_diff('day', cast(v.admitted_at as date), cast(s.admitted_at as date)) as days
    from stay as s
    join surgical as o on o.encounter_id = s.encounter_id
    join encounter as v
        on v.person_id = s.person_id
        and v.institution_id = s.institution_id
        and v.admitted_at < s.admitted_at
        and date_diff('day', cast(v.admitted_at as date), cast(s.admitted_at as date)) <= $days_before
    where v.kind in ('11', '12')
    qualify row_number() over (partition by v.encounter_id order by s.admitted_at, s.encounter_id) = 1
),

examined as (
    select
        b.encounter_id, l.line_id,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        count(*) over (partition by b.encounter_id) as exams
    from before_surgery as b
    join charge_line as l on l.encounter_id = b.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.charge_type in ('03', '04')
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

work_up as (
    select
        b.encounter_id, b.person_id, b.institution_id, b.staff_id, b.visited_at, b.stay_id, b.days, x.line_id, x.amount,
        x.fund_amount
    from before_surgery as b
    join examined as x on x.encounter_id = b.encounter_id
    where x.exams >= $fewest_exams
),

-- Where every hospital of its kind and level has its patients examined first, that is how operations are prepared there.
habit as (
    select
        s.institution_id, s.peer_group, count(*) as stays,
        count(case when s.encounter_id in (select stay_id from work_up) then 1 end) as prepared
    from stay as s
    where s.encounter_id in (select encounter_id from surgical)
    group by s.institution_id, s.peer_group
),

beside as (
    select
        institution_id, prepared * 10000 // stays as share,
        cast(sum(stays) over same as bigint) - stays as peer_stays,
        cast(sum(prepared) over same as bigint) - prepared as peer_prepared
    from habit
    window same as (partition by peer_group)
),

above_peers as (
    select
        institution_id, share,
        case when peer_stays >= $fewest_peer_stays then peer_prepared * 10000 // peer_stays end as peer_share
    from beside
    where peer_stays < $fewest_peer_stays or share * 100 > peer_prepared * 10000 // peer_stays * $times_percent
),

shifted as (
    select w.*, a.share, a.peer_share, row_number() over (partition by w.encounter_id order by w.line_id) as place
    from work_up as w
    join above_peers as a on a.institution_id = w.institution_id
),

-- Purchases during the stay at a pharmacy of the hospital's own group.
tied as (
    select
        v.encounter_id, v.person_id, v.institution_id, v.staff_id, v.admitted_at as visited_at, s.encounter_id as stay_id,
        date_diff('day', cast(s.admitted_at as date), cast(v.admitted_at as date)) + 1 as days
    from stay as s
    join encounter as v
        on v.person_id = s.person_id and v.admitted_at > s.admitted_at and v.admitted_at < s.discharged_at
    join institution as i on i.institution_id = v.institution_id and i.group_id = s.group_id
    where v.kind = '41' and i.kind = '2'
    qualify row_number() over (partition by v.encounter_id order by s.encounter_id) = 1
),

bought as (
    select
        t.encounter_id, l.line_id,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from tied as t
    join charge_line as l on l.encounter_id = t.encounter_id
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null and l.quantity + coalesce(r.quantity, 0) > 0
)

select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at,
    'work_up' as signal, amount as value, 'charge_line' as ref_table, line_id as ref_id, cast(null as varchar) as kp_id,
    amount, fund_amount
from shifted
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at,
    'days_before' as signal, days as value, 'encounter' as ref_table, stay_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from shifted
where place = 1
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at,
    'share' as signal, share as value, 'institution' as ref_table, institution_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from shifted
where place = 1 and peer_share is not null
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, visited_at as occurred_at,
    'peers' as signal, peer_share as value, 'institution' as ref_table, institution_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from shifted
where place = 1 and peer_share is not null
union all
select
    t.encounter_id as finding_key, t.person_id, t.institution_id, t.encounter_id, t.staff_id,
    t.visited_at as occurred_at, 'bought' as signal, x.amount as value, 'charge_line' as ref_table,
    x.line_id as ref_id, cast(null as varchar) as kp_id, x.amount, x.fund_amount
from tied as t
join bought as x on x.encounter_id = t.encounter_id
union all
select
    t.encounter_id as finding_key, t.person_id, t.institution_id, t.encounter_id, t.staff_id,
    t.visited_at as occurred_at, 'day_of_stay' as signal, t.days as value, 'encounter' as ref_table,
    t.stay_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from tied as t
where t.encounter_id in (select encounter_id from bought)
