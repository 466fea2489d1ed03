-- More encounters of some kinds within a window of days, or at more places in one day, than care explains.
-- One visit is an encounter at one institution on one day. A person's densest window of a year speaks for the year.
with met as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.admitted_at, cast(e.admitted_at as date) as visited_on,
        coalesce(substr(e.main_diagnosis, 1, 1), '') as chapter, b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where strpos('|' || $kinds || '|', '|' || e.kind || '|') > 0
        and e.admitted_at <= $as_of
        and not coalesce(regexp_matches(e.main_diagnosis, $expected_diagnoses), false)
),

visit as (
    select encounter_id, person_id, institution_id, admitted_at, visited_on, chapter, amount, fund_amount
    from met
    qualify row_number() over (partition by person_id, institution_id, visited_on order by admitted_at, encounter_id) = 1
),

-- Peers: people of one decade of age and the same chapter of illness, month by month.
person_month as (
    select
        v.person_id, date_trunc('month', v.visited_on) as month_on, count(*) as visits, max(v.chapter) as chapter,
        max(extract(year from v.visited_on) - extract(year from p.birth_date)) // 10 as decade
    from visit as v
    join person as p on p.person_id = v.person_id
    group by v.person_id, date_trunc('month', v.visited_on)
),

peer_rank as (
    select
        decade, chapter, visits,
        row_number() over (partition by decade, chapter order by visits, person_id, month_on) as number,
        count(*) over (partition by decade, chapter) as months
    from person_month
),

peer_limit as (
    select decade, chapter, max(visits) as visits
    from peer_rank
    where months >= $peer_months and number = (months * $peer_share_ppm + 999999) // 1000000
    group by decade, chapter
),

above_peers as (
    select m.person_id, extract(year from m.month_on) as year, max(m.visits) as visits, max(l.visits) as peers
    from person_month as m
    join peer_limit as l on l.decade = m.decade and l.chapter = m.chapter
    where m.visits > l.visits and m.visits >= $peer_floor
    group by m.person_id, extract(year from m.month_on)
),

-- Windows are looked at only for people who could fill one.
often as (
    select person_id from visit group by person_id having count(*) >= $visit_limit
    union
    select person_id from above_peers
),

places as (
    select person_id, visited_on, count(*) as places
    from visit
    group by person_id, visited_on
    having count(*) >= $place_limit
),

windowed as (
    select v.person_id, v.encounter_id, v.visited_on, count(*) as visits
    from visit as v
    join visit as w
        on w.person_id = v.person_id
        and w.visited_on <= v.visited_on
        and date_diff('day', w.visited_on, v.visited_on) < $window_days
    where v.person_id in (select person_id from often)
    group by v.person_id, v.encounter_id, v.visited_on
),

densest as (
    select
        w.person_id, w.visited_on, w.visits, extract(year from w.visited_on) as year, a.visits as month_visits, a.peers
    from windowed as w
    left join above_peers as a on a.person_id = w.person_id and a.year = extract(year from w.visited_on)
    where w.visits >= $visit_limit or a.person_id is not null
    qualify row_number() over (
        partition by w.person_id, extract(year from w.visited_on)
        order by w.visits desc, w.visited_on desc, w.encounter_id
    ) = 1
),

busiest as (
    select person_id, visited_on, places, extract(year from visited_on) as year
    from places
    qualify row_number() over (
        partition by person_id, extract(year from visited_on) order by places desc, visited_on desc
    ) = 1
),

finding as (
    select coalesce(d.person_id, b.person_id) as person_id, coalesce(d.year, b.year) as year
    from densest as d
    full join busiest as b on b.person_id = d.person_id and b.year = d.year
),

-- The visits of the densest window; those beyond the limit carry their bill.
counted as (
    select
        d.person_id, d.year, v.encounter_id, v.amount, v.fund_amount,
        row_number() over (partition by d.person_id, d.year order by v.visited_on, v.admitted_at, v.encounter_id) as number
    from densest as d
    join visit as v
        on v.person_id = d.person_id
        and v.visited_on <= d.visited_on
        and date_diff('day', v.visited_on, d.visited_on) < $window_days
),

evidence as (
    select person_id, year, 'visits' as signal, visits as value, 'person' as ref_table, person_id as ref_id, 0 as amount,
        0 as fund_amount
    from densest
    union all
    select person_id, year, 'above_peers' as signal, peers as value, 'person' as ref_table, person_id as ref_id,
        0 as amount, 0 as fund_amount
    from densest
    where peers is not null
    union all
    select person_id, year, 'places' as signal, places as value, 'person' as ref_table, person_id as ref_id, 0 as amount,
        0 as fund_amount
    from busiest
    union all
    select person_id, year, 'visit' as signal, number as value, 'encounter' as ref_table, encounter_id as ref_id,
        case when number > least($visit_limit, $peer_floor) then amount else 0 end as amount,
        case when number > least($visit_limit, $peer_floor) then fund_amount else 0 end as fund_amount
    from counted
    union all
    select b.person_id, b.year, 'place' as signal, cast(null as bigint) as value, 'encounter' as ref_table,
        v.encounter_id as ref_id, 0 as amount, 0 as fund_amount
    from busiest as b
    join visit as v on v.person_id = b.person_id and v.visited_on = b.visited_on
)

select
    e.person_id || '|' || cast(e.year as varchar) as finding_key,
    e.person_id,
    cast(null as varchar) as institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(greatest(coalesce(d.visited_on, b.visited_on), coalesce(b.visited_on, d.visited_on)) as timestamp) as occurred_at,
    e.signal,
    e.value,
    e.ref_table,
    e.ref_id,
    cast(null as varchar) as kp_id,
    e.amount,
    e.fund_amount
from evidence as e
join finding as f on f.person_id = e.person_id and f.year = e.year
left join densest as d on d.person_id = f.person_id and d.year = f.year
left join busiest as b on b.person_id = f.person_id and b.year = f.year
