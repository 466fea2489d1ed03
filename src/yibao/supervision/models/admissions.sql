-- Settled stays without an operation, what was examined in them, and how that compares with other stays. Left out are
-- stays whose work-up has a reason of its own: an unclear disease, a child, an operation that was called off or carried
-- out elsewhere within days, and stays that ended before a treatment could begin.
with unclear as (
    select encounter_id from diagnosis where regexp_matches(code, $called_off)
),
operated as (
    select encounter_id from procedure where kind = '1'
),
next_operation as (
    select v.encounter_id
    from seen as v
    join encounter as e on e.encounter_id = v.encounter_id
    join seen as n
        on n.person_id = v.person_id and n.inpatient and n.encounter_id <> v.encounter_id
            and n.began_at >= e.discharged_at
            and date_diff('day', cast(e.discharged_at as date), cast(n.began_at as date)) <= $operated_within
    where v.inpatient and n.encounter_id in (select encounter_id from operated)
),
judged as (
    select
        v.encounter_id, v.institution_id, upper(substr(v.diagnosis, 1, 3)) as category, v.days, v.total,
        greatest(v.exam, 0) as exam, greatest(v.drug + v.exam + v.material + v.treatment + v.stay, 0) as cost,
        coalesce(date_diff('day', p.birth_date, cast(v.began_at as date)) / 365.25, 50) as age,
        case when p.sex = '2' then 1 else 0 end as female
    from seen as v
    join encounter as e on e.encounter_id = v.encounter_id
    left join person as p on p.person_id = v.person_id
    where v.inpatient and e.discharged_at is not null
        and coalesce(e.discharge_way, '') not in ('2', '4', '5')
        and not regexp_matches(v.diagnosis, $unclear)
        and coalesce(date_diff('day', p.birth_date, cast(v.began_at as date)) >= $child_years * 365, true)
        and v.encounter_id not in (select encounter_id from operated)
        and v.encounter_id not in (select encounter_id from unclear)
        and v.encounter_id not in (select encounter_id from next_operation)
),
examined as (
    select j.encounter_id, j.institution_id, j.category, l.item_code, sum(l.amount) as amount
    from judged as j
    join charge_line as l on l.encounter_id = j.encounter_id
    where l.charge_type in ('03', '04') and l.item_code is not null
    group by all
    having sum(l.amount) > 0
),
-- How many stays there are of a disease, of an institution, of both; and how many of them had the item.
stays as (
    select institution_id, category, count(*) as own_disease,
        sum(count(*)) over (partition by category) as disease, sum(count(*)) over (partition by institution_id) as own,
        sum(count(*)) over () as n
    from judged group by institution_id, category
),
had as (
    select institution_id, category, item_code, count(*) as own_disease,
        sum(count(*)) over (partition by category, item_code) as disease,
        sum(count(*)) over (partition by institution_id, item_code) as own,
        sum(count(*)) over (partition by item_code) as n
    from examined group by institution_id, category, item_code
),
weighed as (
    select x.encounter_id, x.amount,
        -- Hardly anybody with the disease gets it elsewhere.
        s.disease - s.own_disease >= $fewest and (h.disease - h.own_disease) < $rare * (s.disease - s.own_disease)
            as is_unlike,
        -- How much oftener than elsewhere the institution does it in its stays of other diseases.
        greatest(
            case when s.own > s.own_disease then (h.own - h.own_disease) / (s.own - s.own_disease) else 0 end
            - case when s.n > s.own then (h.n - h.own) / (s.n - s.own) else 0 end, 0) as routine
    from examined as x
    join stays as s on s.institution_id = x.institution_id and s.category = x.category
    join had as h
        on h.institution_id = x.institution_id and h.category = x.category and h.item_code = x.item_code
),
looked as (
    select encounter_id, sum(case when is_unlike then amount else 0 end) as unlike,
        sum(routine * amount) / sum(amount) as routine
    from weighed group by encounter_id
),
lasted as (
    select category, institution_id, days, count(*) as n from judged group by all
),
longer as (
    -- Of the disease's stays elsewhere, how many lasted longer.
    select a.category, a.institution_id, a.days, sum(case when b.days > a.days then b.n else 0 end) / sum(b.n) as share
    from lasted as a
    join lasted as b on b.category = a.category and b.institution_id <> a.institution_id
    group by a.category, a.institution_id, a.days
)
select j.encounter_id, j.institution_id, j.category, cast(j.days as double) as days, cast(j.age as double) as age,
    cast(j.female as double) as female, cast(j.exam as double) as exam, cast(j.cost as double) as cost,
    coalesce(cast(k.unlike as double), 0) as unlike, coalesce(k.routine, 0) as routine, coalesce(l.share, 0) as longer
from judged as j
left join looked as k on k.encounter_id = j.encounter_id
left join longer as l
    on l.category = j.category and l.institution_id = j.institution_id and l.days = j.days
where j.cost > 0
order by j.encounter_id
