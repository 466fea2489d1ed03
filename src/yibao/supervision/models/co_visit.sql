-- Pairs of persons who were seen at one place within minutes of each other on several days.
with visit_hour as (
    select v.encounter_id, v.person_id, v.institution_id, v.began_at, v.fund, v.kind = '14' as planned, cast(v.began_at as date) as d,
        coalesce(p.household_id, '') as household
    from seen as v
    join person as p on p.person_id = v.person_id
    where not v.inpatient and v.began_at >= (select max(began_at) from seen) - $days * interval 1 day
),
crowded as (
    select institution_id, d, hour(began_at) as h, count(distinct person_id) as crowd from visit_hour group by all
),
together as (
    select a.person_id as a, b.person_id as b, a.institution_id, a.d, a.encounter_id as visit_a,
        b.encounter_id as visit_b, a.fund + b.fund as fund, a.planned and b.planned as planned, c.crowd
    from visit_hour as a
    join visit_hour as b
        on b.institution_id = a.institution_id and b.d = a.d and b.person_id > a.person_id
            and b.began_at between a.began_at - $minutes * interval 1 minute
                and a.began_at + $minutes * interval 1 minute
    join crowded as c on c.institution_id = a.institution_id and c.d = a.d and c.h = hour(a.began_at)
    where c.crowd between 2 and $crowd and (a.household = '' or a.household <> b.household)
),
often as (
    select * from together
    qualify count(*) over (partition by a, b) >= $joint_days
),
item as (
    select encounter_id, list(distinct item_code) as items from charge_line
    where encounter_id in (select visit_a from often union all select visit_b from often)
    group by encounter_id
),
by_place as (
    select a, b, institution_id, count(*) as visits from often group by all
)
select o.a, o.b, count(distinct o.d) as days, count(*) as visits, sum(1 / ln(1 + o.crowd)) as weight,
    cast(sum(o.fund) as bigint) as fund, avg(case when o.planned then 1 else 0 end) as planned,
    (select max(p.visits) from by_place as p where p.a = o.a and p.b = o.b) as top_visits,
    avg(coalesce(len(list_intersect(i.items, j.items)) * 1.0 / nullif(len(list_distinct(list_concat(i.items, j.items))), 0), 0))
        as alike
from often as o
left join item as i on i.encounter_id = o.visit_a
left join item as j on j.encounter_id = o.visit_b
group by o.a, o.b
having count(distinct o.d) >= $joint_days
order by o.a, o.b
