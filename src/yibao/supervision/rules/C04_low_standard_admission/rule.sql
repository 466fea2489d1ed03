with stay as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at, e.discharged_at, e.main_diagnosis,
        coalesce(e.discharge_way, '') as discharge_way,
        date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date)) as days
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
),

-- No longer than the usual stay of the disease, where there are enough of them to tell.
peers as (
    select substr(main_diagnosis, 1, 3) as category, days,
        row_number() over (partition by substr(main_diagnosis, 1, 3) order by days, encounter_id) as place,
        count(*) over (partition by substr(main_diagnosis, 1, 3)) as stays
    from stay
    where main_diagnosis is not null
),

usual as (
    select category, min(days) as p75
    from peers
    where place * 4 >= stays * 3 and stays >= $fewest_peers
    group by category
),

short as (
    select s.encounter_id, s.person_id, s.institution_id, s.staff_id, s.discharged_at, s.days
    from stay as s
    left join usual as u on u.category = substr(s.main_diagnosis, 1, 3)
    join person as p on p.person_id = s.person_id
    where regexp_matches(s.main_diagnosis, $outpatient_diagnoses)
        and s.days <= least($longest_days, coalesce(u.p75, $longest_days))
        -- a transfer, a death or a stay broken off may have come before the treatment
        and s.discharge_way not in ('2', '4', '5')
        and coalesce(date_diff('day', p.birth_date, cast(s.admitted_at as date)) >= $child_years * 365, true)
        and s.encounter_id not in (select encounter_id from procedure where kind = '1')
        and s.encounter_id not in (select encounter_id from diagnosis where regexp_matches(code, $called_off))
),

line as (
    select
        l.encounter_id, l.charge_type, l.item_name, l.list_type, l.amount + coalesce(r.amount, 0) as amount
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.encounter_id in (select encounter_id from short)
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
),

billed as (
    select
        encounter_id,
        cast(sum(amount) as bigint) as total,
        cast(sum(case when charge_type in ('03', '04') then amount else 0 end) as bigint) as examined,
        bool_or(
            coalesce(charge_type, '') in ('05', '06')
            or regexp_matches(lower(coalesce(item_name, '')), $substantive)
        ) as is_treated
    from line
    group by encounter_id
),

-- Operated at another hospital within days: the work-up belonged to that operation.
operated_next as (
    select distinct s.encounter_id
    from short as s
    join stay as n on n.person_id = s.person_id and n.encounter_id <> s.encounter_id
    join procedure as q on q.encounter_id = n.encounter_id and q.kind = '1'
    where n.admitted_at >= s.discharged_at
        and date_diff('day', cast(s.discharged_at as date), cast(n.admitted_at as date)) <= 3
),

finding as (
    select
        s.encounter_id, s.person_id, s.institution_id, s.staff_id, s.discharged_at as occurred_at, s.days,
        b.examined * 10000 // b.total as share_bp
    from short as s
    join billed as b on b.encounter_id = s.encounter_id
    where b.total > 0
        and b.examined * 10000 >= b.total * $exam_share_bp
        and not b.is_treated
        and not exists (select 1 from operated_next as o where o.encounter_id = s.encounter_id)
)

select
    encounter_id, person_id, institution_id, staff_id, occurred_at, 1 as place, 'exam_share' as signal,
    share_bp as value, 'encounter' as ref_table, encounter_id as ref_id
from finding
union all
select encounter_id, person_id, institution_id, staff_id, occurred_at, 2, 'days', days, 'encounter', encounter_id
from finding
union all
select
    encounter_id, person_id, institution_id, staff_id, occurred_at, 3, 'diagnosis', cast(null as bigint), 'encounter',
    encounter_id
from finding
