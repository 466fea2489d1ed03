-- Two stays of one person that share at least $min_hours hours. A person sleeps in one bed: the later stay is at stake.
with stay as (
    select
        encounter_id, person_id, institution_id, staff_id, admitted_at, discharged_at, discharge_way,
        -- 23:59 is what systems write when nobody noted the hour; the person may have left at any time that day.
        case
            when cast(epoch(discharged_at) as bigint) % 86400 >= 86340 then date_trunc('day', discharged_at)
            else discharged_at
        end as surely_until
    from encounter
    where kind in ('21', '22', '23', '24', '52') and discharged_at is not null and admitted_at < $as_of
),
pair as (
    select
        later.encounter_id as later_id, later.person_id, later.institution_id, later.staff_id, later.admitted_at,
        earlier.encounter_id as earlier_id, earlier.institution_id as earlier_institution_id,
        (cast(epoch(least(earlier.surely_until, later.surely_until)) as bigint) - cast(epoch(later.admitted_at) as bigint))
            as shared_seconds
    from stay as later
    inner join stay as earlier
        on earlier.person_id = later.person_id
        and earlier.encounter_id <> later.encounter_id
        and (earlier.admitted_at < later.admitted_at
            or (earlier.admitted_at = later.admitted_at and earlier.encounter_id < later.encounter_id))
        and earlier.surely_until > later.admitted_at
    -- A transfer whose papers were closed in the evening shares hours but no night.
    where not (
        earlier.discharge_way = '2'
        and earlier.institution_id <> later.institution_id
        and cast(earlier.discharged_at as date) = cast(later.admitted_at as date)
    )
),
long_pair as (
    select * from pair where shared_seconds >= $min_hours * 3600
),
involved as (
    select later_id as encounter_id from long_pair
    union
    select earlier_id as encounter_id from long_pair
),
paid as (
    select
        s.encounter_id,
        cast(sum(s.total_amount) as bigint) as amount,
        cast(sum(coalesce(s.fund_amount, 0)) as bigint) as fund_amount,
        count(s.reversed_settlement_id) as reversals
    from settlement as s
    inner join involved as i on i.encounter_id = s.encounter_id
    group by s.encounter_id
),
withdrawn as (
    select encounter_id from paid where reversals > 0 and amount = 0
),
standing as (
    select p.later_id, p.person_id, p.institution_id, p.staff_id, p.admitted_at, p.earlier_id, p.earlier_institution_id,
        p.shared_seconds
    from long_pair as p
    where not exists (select 1 from withdrawn as w where w.encounter_id = p.later_id)
        and not exists (select 1 from withdrawn as w where w.encounter_id = p.earlier_id)
),
later_stay as (
    select later_id, person_id, institution_id, staff_id, admitted_at, count(*) as stays
    from standing
    group by later_id, person_id, institution_id, staff_id, admitted_at
)
select
    later_id as finding_key, person_id, institution_id, later_id as encounter_id, staff_id, admitted_at as occurred_at,
    case when earlier_institution_id = institution_id then 'same_institution' else 'other_institution' end as signal,
    shared_seconds // 3600 as value, 'encounter' as ref_table, earlier_id as ref_id, cast(null as varchar) as kp_id,
    cast(0 as bigint) as amount, cast(0 as bigint) as fund_amount
from standing
union all
select
    l.later_id as finding_key, l.person_id, l.institution_id, l.later_id as encounter_id, l.staff_id,
    l.admitted_at as occurred_at, 'later_stay' as signal, l.stays as value, 'encounter' as ref_table,
    l.later_id as ref_id, cast(null as varchar) as kp_id,
    coalesce(p.amount, 0) as amount, coalesce(p.fund_amount, 0) as fund_amount
from later_stay as l
left join paid as p on p.encounter_id = l.later_id
