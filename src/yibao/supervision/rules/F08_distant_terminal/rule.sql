-- F08 · A designated shop's or clinic's terminal settles far from its address, or outside its opening hours.
with located as (
    select
        t.event_id, t.terminal_id, t.institution_id, t.person_id, t.happened_at,
        abs(t.latitude_e6 - p.latitude_e6) * p.degree_north // 1000000 as north,
        abs(t.longitude_e6 - p.longitude_e6) * p.degree_east // 1000000 as east,
        extract(hour from t.happened_at) as hour
    from terminal_event as t
    join institution as i on i.institution_id = t.institution_id
    join institution_place as p on p.institution_id = t.institution_id
    where i.kind in ('2', '4') and t.happened_at <= $as_of
),

doubtful as (
    select l.*, l.north * l.north + l.east * l.east as square, greatest(l.north, l.east) + least(l.north, l.east) // 2 as guess
    from located as l
    where l.north * l.north + l.east * l.east > $metres * $metres
        or l.hour < $opens_at or l.hour >= $closes_at
),

measured as (
    select d.*,
        case when d.guess = 0 then 0 else
            ((d.guess + d.square // d.guess) // 2 + d.square // ((d.guess + d.square // d.guess) // 2)) // 2
        end as metres
    from doubtful as d
),

-- The settlement that the reading belongs to: the person's nearest one there that day.
settled as (
    select m.event_id, m.institution_id, m.person_id, m.happened_at, m.hour, m.metres, e.encounter_id, e.staff_id, b.amount,
        b.fund_amount
    from measured as m
    left join encounter as e
        on e.person_id = m.person_id and e.institution_id = m.institution_id
        and cast(e.admitted_at as date) = cast(m.happened_at as date)
    left join encounter_bill as b on b.encounter_id = e.encounter_id
    qualify row_number() over (
        partition by m.event_id
        order by case when b.encounter_id is null then 1 else 0 end,
            abs(cast(epoch(e.admitted_at) as bigint) - cast(epoch(m.happened_at) as bigint)), e.encounter_id
    ) = 1
),

evidence as (
    select event_id, 'distance' as signal, metres as value, 'terminal_event' as ref_table, event_id as ref_id,
        0 as amount, 0 as fund_amount
    from settled
    where metres > $metres
    union all
    select event_id, 'closed', hour, 'terminal_event', event_id, 0, 0
    from settled
    where hour < $opens_at or hour >= $closes_at
    union all
    select event_id, 'settled', fund_amount, 'encounter', encounter_id, amount, fund_amount
    from settled
    where amount is not null
)

select
    v.event_id as finding_key,
    s.person_id,
    s.institution_id,
    s.encounter_id,
    s.staff_id,
    s.happened_at as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join settled as s on s.event_id = v.event_id
