-- What other institutions spend and take for the same diagnosis, and where the person bought drugs afterwards.
with by_diagnosis as (
    select substr(diagnosis, 1, 3) as diagnosis, inpatient, pharmacy, count(*) as n, sum(ln(total)) as cost,
        sum(ln(days)) as days
    from visit group by all
),
own as (
    select institution_id, substr(diagnosis, 1, 3) as diagnosis, inpatient, pharmacy, count(*) as n,
        sum(ln(total)) as cost, sum(ln(days)) as days
    from visit group by all
),
expected as (
    -- Ten visits elsewhere at least: an expectation from fewer would be another patient's bill.
    select o.institution_id, o.diagnosis, o.inpatient, o.pharmacy,
        case when b.n - o.n >= 10 then (b.cost - o.cost) / (b.n - o.n) end as cost,
        case when b.n - o.n >= 10 then (b.days - o.days) / (b.n - o.n) end as days
    from own as o
    join by_diagnosis as b
        on b.diagnosis is not distinct from o.diagnosis and b.inpatient = o.inpatient and b.pharmacy = o.pharmacy
),
bought as (
    select v.encounter_id, p.institution_id as pharmacy_next
    from visit as v
    join visit as p
        on p.person_id = v.person_id and p.pharmacy and p.began_at > v.began_at
            and p.began_at <= v.began_at + interval 48 hour
    where not v.pharmacy and not v.inpatient
    qualify row_number() over (partition by v.encounter_id order by p.began_at) = 1
),
favourite as (
    select v.staff_id, b.pharmacy_next
    from visit as v
    join bought as b on b.encounter_id = v.encounter_id
    where v.staff_id is not null
    group by v.staff_id, b.pharmacy_next
    qualify row_number() over (partition by v.staff_id order by count(*) desc, b.pharmacy_next) = 1
)
select v.*, ln(v.total) - e.cost as cost_residual,
    case when v.inpatient then ln(v.days) - e.days end as days_residual,
    b.pharmacy_next, f.pharmacy_next as top_pharmacy
from visit as v
left join expected as e
    on e.institution_id = v.institution_id and e.diagnosis is not distinct from substr(v.diagnosis, 1, 3)
        and e.inpatient = v.inpatient and e.pharmacy = v.pharmacy
left join bought as b on b.encounter_id = v.encounter_id
left join favourite as f on f.staff_id = v.staff_id
