-- C09-5 · An operation on the front page of a stay that nobody charged for: neither a surgery fee nor an anaesthesia on
-- the bill, although the institution bills surgery at other stays. A code that lifts the group without the work.
with stay as (
    select e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.discharged_at
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at <= $as_of
),

operated as (
    select s.encounter_id, s.person_id, s.institution_id, s.discharged_at, p.sequence, coalesce(p.surgeon_id, s.staff_id) as staff_id
    from procedure as p
    join stay as s on s.encounter_id = p.encounter_id
    where p.kind = '1'
),

billed as (
    select
        l.encounter_id,
        bool_or(
            coalesce(l.charge_type, '') = '06' or regexp_matches(lower(coalesce(l.item_name, '')), $work_of_an_operation)
        ) as has_surgery
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.encounter_id in (select encounter_id from stay)
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
    group by l.encounter_id
),

-- Who bills surgery nowhere bills it in a package, or does not send its lines.
bills_surgery as (
    select s.institution_id, count(*) as stays
    from billed as b
    join stay as s on s.encounter_id = b.encounter_id
    where b.has_surgery
    group by s.institution_id
    having count(*) >= $fewest_billed
)

select
    o.encounter_id as finding_key, o.person_id, o.institution_id, o.encounter_id, o.staff_id,
    o.discharged_at as occurred_at, 'no_fee' as signal, cast(null as bigint) as value, 'procedure' as ref_table,
    o.encounter_id || '|' || cast(o.sequence as varchar) as ref_id, cast(null as varchar) as kp_id, 0 as amount,
    0 as fund_amount
from operated as o
join billed as b on b.encounter_id = o.encounter_id and not b.has_surgery
join bills_surgery as i on i.institution_id = o.institution_id
