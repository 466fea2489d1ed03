-- E02 · One person stands before two counters that lie too far apart for the time between.
-- Distances are whole metres on the plane that touches the sphere between the two places.
with presented as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, e.admitted_at, cast(epoch(e.admitted_at) as bigint) as at,
        b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.admitted_at <= $as_of
        -- What a shared account paid, or a purchase paid from the account alone, may have been made by a relative.
        and not (b.fund_amount = 0 and (b.family_account_amount > 0 or (e.kind = '41' and b.account_amount > 0)))
        and (
            e.certificate in ('02', '03', '04')
            -- The electronic code also pays from afar: it counts where a reader on the spot saw it that day.
            or (
                e.certificate = '01' and exists (
                    select 1 from terminal_event as t
                    where t.person_id = e.person_id and t.institution_id = e.institution_id
                        and cast(t.happened_at as date) = cast(e.admitted_at as date)
                )
            )
        )
),

pair as (
    select
        encounter_id, person_id, institution_id, staff_id, admitted_at, at, amount, fund_amount,
        lag(encounter_id) over visits as earlier_id,
        lag(institution_id) over visits as earlier_institution,
        lag(at) over visits as earlier_at
    from presented
    window visits as (partition by person_id order by at, encounter_id)
),

placed as (
    select
        p.encounter_id, p.person_id, p.institution_id, p.staff_id, p.admitted_at, p.at, p.amount, p.fund_amount,
        p.earlier_id, p.earlier_at,
        substr(a.region_code, 1, 2) <> substr(b.region_code, 1, 2) as other_province,
        (abs(x.latitude_e6 - y.latitude_e6) * x.degree_north + 500000) // 1000000 as north,
        (abs(x.longitude_e6 - y.longitude_e6) * (x.degree_east + y.degree_east) + 1000000) // 2000000 as east
    from pair as p
    join institution as a on a.institution_id = p.earlier_institution
    join institution as b on b.institution_id = p.institution_id
    join institution_place as x on x.institution_id = p.earlier_institution
    join institution_place as y on y.institution_id = p.institution_id
    where p.earlier_institution <> p.institution_id and p.at - p.earlier_at < 172800
),

-- The longer side and half the shorter is a first guess at the root; two steps of Newton make it right to the metre.
guessed as (
    select f.*, greatest(north, east) + least(north, east) // 2 as guess, north * north + east * east as square
    from placed as f
    where greatest(north, east) > 0
),

measured as (
    select g.*, ((guess + square // guess) // 2 + square // ((guess + square // guess) // 2)) // 2 as metres
    from guessed as g
),

fast as (
    select m.*, case when other_province then $speed_far else $speed_near end as speed, greatest(at - earlier_at, 1) as seconds
    from measured as m
    where metres > $distance_km * 1000
),

-- metres / seconds above kilometres / hour
finding as (
    select encounter_id, person_id, institution_id, staff_id, admitted_at, amount, fund_amount, earlier_id, metres, seconds
    from fast
    where metres * 3600 > speed * 1000 * seconds
),

evidence as (
    select encounter_id, 'distance' as signal, metres // 1000 as value, encounter_id as ref_id, amount, fund_amount
    from finding
    union all
    select encounter_id, 'minutes' as signal, seconds // 60 as value, earlier_id as ref_id, 0 as amount, 0 as fund_amount
    from finding
    union all
    select encounter_id, 'speed' as signal, metres * 36 // (seconds * 10) as value, earlier_id as ref_id, 0 as amount,
        0 as fund_amount
    from finding
    where seconds >= 60
)

select
    v.encounter_id as finding_key,
    f.person_id,
    f.institution_id,
    f.encounter_id,
    f.staff_id,
    f.admitted_at as occurred_at,
    v.signal,
    v.value,
    'encounter' as ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.encounter_id = v.encounter_id
