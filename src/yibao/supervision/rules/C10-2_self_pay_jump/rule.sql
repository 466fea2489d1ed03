-- C10-2 · The part of the bills of its stays that patients pay wholly themselves jumps at one institution, while it does
-- not at the others of its kind and level: what the fund no longer pays may have been shifted to them. A month is
-- compared with the institution's own months before; what all peers do together is a change of the catalogue.
with stay as (
    select
        e.encounter_id, e.institution_id, date_trunc('month', e.discharged_at) as month_at,
        cast(sum(s.total_amount) as bigint) as total,
        cast(sum(coalesce(s.not_covered_amount, 0)) as bigint) as self_paid
    from encounter as e
    join settlement as s on s.encounter_id = e.encounter_id
    where e.kind in ('21', '22', '23', '24', '52')
        and e.discharged_at < date_trunc('month', cast($as_of as timestamp))
    group by e.encounter_id, e.institution_id, e.discharged_at
    having cast(sum(s.total_amount) as bigint) > 0
),

monthly as (
    select institution_id, month_at, count(*) as stays, cast(sum(total) as bigint) as total,
        cast(sum(self_paid) as bigint) as self_paid,
        cast(substr(cast(cast(month_at as date) as varchar), 1, 4) as bigint) * 12
        + cast(substr(cast(cast(month_at as date) as varchar), 6, 2) as bigint) as month_number
    from stay
    group by institution_id, month_at
),

before as (
    select
        m.institution_id, m.month_at, m.stays, m.total, m.self_paid,
        count(b.month_at) as base_months,
        coalesce(cast(sum(b.stays) as bigint), 0) as base_stays,
        coalesce(cast(sum(b.total) as bigint), 0) as base_total,
        coalesce(cast(sum(b.self_paid) as bigint), 0) as base_self_paid
    from monthly as m
    left join monthly as b
        on b.institution_id = m.institution_id
        and b.month_number between m.month_number - $base_months and m.month_number - 1
    group by m.institution_id, m.month_at, m.stays, m.total, m.self_paid
),

judged as (
    select
        b.institution_id, b.month_at, b.stays, b.total, b.self_paid, b.base_total, b.base_self_paid,
        b.self_paid * 10000 // b.total as share, b.base_self_paid * 10000 // b.base_total as base_share,
        i.kind || '|' || coalesce(i.level, '') as peer_group
    from before as b
    join institution as i on i.institution_id = b.institution_id
    where b.stays >= $min_stays and b.base_months >= $min_base_months and b.base_stays >= $min_stays
),

-- What happened to the others of its kind in the same month, all their bills together.
beside as (
    select
        j.institution_id, j.month_at, count(*) as peers,
        cast(sum(p.self_paid) as bigint) * 10000 // cast(sum(p.total) as bigint)
        - cast(sum(p.base_self_paid) as bigint) * 10000 // cast(sum(p.base_total) as bigint) as peer_rise
    from judged as j
    join judged as p
        on p.peer_group = j.peer_group and p.month_at = j.month_at and p.institution_id <> j.institution_id
    group by j.institution_id, j.month_at
),

jump as (
    select
        j.institution_id || '|' || substr(cast(cast(j.month_at as date) as varchar), 1, 7) as finding_key,
        j.institution_id, j.month_at, j.stays, j.share, j.base_share, coalesce(p.peers, 0) as peers,
        coalesce(p.peer_rise, 0) as peer_rise,
        j.self_paid - round_half_up(j.total * j.base_self_paid, j.base_total) as shifted
    from judged as j
    left join beside as p on p.institution_id = j.institution_id and p.month_at = j.month_at
    where j.share - j.base_share >= $least_rise
        and j.share * 100 >= j.base_share * $times_percent
        and j.share - j.base_share - greatest(coalesce(p.peer_rise, 0), 0) >= $least_rise
),

evidence as (
    select finding_key, institution_id, month_at, 'share' as signal, share as value, 'institution' as ref_table,
        institution_id as ref_id, shifted as amount
    from jump
    union all
    select finding_key, institution_id, month_at, 'before', base_share, 'institution', institution_id, 0
    from jump
    union all
    select finding_key, institution_id, month_at, 'peers', peer_rise, 'institution', institution_id, 0
    from jump
    where peers > 0
    union all
    select finding_key, institution_id, month_at, 'stays', stays, 'institution', institution_id, 0
    from jump
    union all
    -- the stays that paid most themselves are enough to begin with
    select shown.finding_key, shown.institution_id, shown.month_at, 'stay', shown.self_paid, 'encounter',
        shown.encounter_id, 0
    from (
        select j.finding_key, j.institution_id, j.month_at, s.self_paid, s.encounter_id
        from jump as j
        join stay as s on s.institution_id = j.institution_id and s.month_at = j.month_at and s.self_paid > 0
        qualify row_number() over (partition by j.finding_key order by s.self_paid desc, s.encounter_id) <= $shown
    ) as shown
)

select
    finding_key, cast(null as varchar) as person_id, institution_id, cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id, month_at as occurred_at, signal, value, ref_table, ref_id,
    cast(null as varchar) as kp_id, amount, 0 as fund_amount
from evidence
