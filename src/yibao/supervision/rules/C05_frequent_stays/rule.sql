with withdrawn as (
    select encounter_id
    from settlement
    group by encounter_id
    having count(reversed_settlement_id) > 0 and cast(sum(total_amount) as bigint) = 0
),

stay as (
    select
        encounter_id, person_id, institution_id, staff_id, admitted_at,
        date_diff('day', date '2000-01-01', cast(admitted_at as date)) as on_day,
        greatest(date_diff('day', cast(admitted_at as date), cast(coalesce(discharged_at, $as_of) as date)), 1) as days
    from encounter
    where kind in ('21', '22', '23', '24', '52')
        and admitted_at < $as_of
        and not regexp_matches(coalesce(main_diagnosis, ''), $excluded_diagnoses)
        and encounter_id not in (select encounter_id from withdrawn)
),

-- Peers: in how many stays of a calendar year people of one decade of age lie.
person_year as (
    select
        s.person_id, extract(year from s.admitted_at) as year, count(*) as stays,
        max(extract(year from s.admitted_at) - extract(year from p.birth_date)) // 10 as decade
    from stay as s
    join person as p on p.person_id = s.person_id
    where p.birth_date is not null
    group by s.person_id, extract(year from s.admitted_at)
),

peer_rank as (
    select
        decade, stays, row_number() over (partition by decade order by stays, person_id, year) as number,
        count(*) over (partition by decade) as people
    from person_year
),

peer_limit as (
    select decade, max(stays) as stays
    from peer_rank
    where people >= $peer_people and number = (people * $peer_share_ppm + 999999) // 1000000
    group by decade
),

above_peers as (
    select y.person_id, max(l.stays) as peers
    from person_year as y
    join peer_limit as l on l.decade = y.decade
    where y.stays > l.stays and y.stays >= $peer_floor
    group by y.person_id
),

often as (
    select person_id
    from stay
    group by person_id
    having count(*) >= $most_stays or cast(sum(days) as bigint) >= $most_days
    union
    select person_id from above_peers
),

-- Stays that need repeating are told by any diagnosis of theirs.
repeated as (
    select distinct d.encounter_id
    from diagnosis as d
    join often as o on o.person_id = d.person_id
    where regexp_matches(d.code, $excluded_diagnoses)
),

counted_stay as (
    select s.*
    from stay as s
    join often as o on o.person_id = s.person_id
    where s.encounter_id not in (select encounter_id from repeated)
),

-- Each stay with those of the year before it.
year_before as (
    select
        b.person_id, b.encounter_id, count(a.encounter_id) as stays, cast(sum(a.days) as bigint) as days
    from counted_stay as b
    join counted_stay as a
        on a.person_id = b.person_id and a.on_day <= b.on_day and b.on_day - a.on_day < $window_days
    group by b.person_id, b.encounter_id
),

densest as (
    select person_id, max(stays) as stays, max(days) as days from year_before group by person_id
),

frequent as (
    select
        d.person_id, d.stays, d.days,
        -- counted again without the stays that need repeating
        case when d.stays > a.peers and d.stays >= $peer_floor then a.peers end as peers
    from densest as d
    left join above_peers as a on a.person_id = d.person_id
    where d.stays >= $most_stays
        or d.days >= $most_days
        or coalesce(d.stays > a.peers and d.stays >= $peer_floor, false)
),

finding as (
    select
        s.encounter_id, s.person_id, s.admitted_at, s.days, f.stays, f.days as all_days, f.peers,
        last_value(s.institution_id) over w as institution_id,
        last_value(s.encounter_id) over w as last_id,
        last_value(s.staff_id) over w as staff_id,
        max(s.admitted_at) over w as last_at,
        row_number() over (partition by s.person_id order by s.admitted_at, s.encounter_id) as place
    from counted_stay as s
    join frequent as f on f.person_id = s.person_id
    window w as (
        partition by s.person_id order by s.admitted_at, s.encounter_id
        rows between unbounded preceding and unbounded following
    )
)

select
    person_id as finding_key, person_id, institution_id, last_id as encounter_id, staff_id, last_at as occurred_at,
    'stay' as signal, days as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
union all
select
    person_id as finding_key, person_id, institution_id, last_id as encounter_id, staff_id, last_at as occurred_at,
    case when stays >= $most_stays or peers is not null then 'stays' else 'stay_days' end as signal,
    case when stays >= $most_stays or peers is not null then stays else all_days end as value, 'person' as ref_table,
    person_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where place = 1
union all
select
    person_id as finding_key, person_id, institution_id, last_id as encounter_id, staff_id, last_at as occurred_at,
    'above_peers' as signal, peers as value, 'person' as ref_table, person_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding
where place = 1 and peers is not null
