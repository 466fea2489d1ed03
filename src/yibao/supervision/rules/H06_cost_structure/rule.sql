-- H06 · A share of cost, or the rate of infections, that stands far from an institution's peers two months running, or
-- half as far for many months running: of few peers the one that is unlike them widens their spread by itself.
-- What the mix of cases lets expect is taken off first: cost by disease category (three characters) and kind of care,
-- with the shares that all institutions have there. Peers are institutions of one level and kind, month by month over
-- the ledger: z = (x - median) / (1.4826 x MAD) of observed over expected, in whole basis points.
with visit as (
    select e.encounter_id, e.institution_id, date_trunc('month', coalesce(e.discharged_at, e.admitted_at)) as month_at,
        e.kind in ('21', '22', '23', '24', '52') as inpatient,
        coalesce(substr(e.main_diagnosis, 1, 3), '') as disease, e.kind
    from encounter as e
    join institution as i on i.institution_id = e.institution_id and i.kind in ('1', '3')
    where coalesce(e.discharged_at, e.admitted_at) <= $as_of and e.kind <> '41'
),

-- A month that is still running is not judged.
complete as (
    select v.*
    from visit as v
    where v.month_at < date_trunc('month', cast($as_of as timestamp))
        or cast($as_of as timestamp) >= v.month_at + interval 1 month - interval 1 day
),

scanner as (
    select item_code, min(modality) as modality
    from exam_class
    where modality in ('CT', 'MRI')
    group by item_code
),

-- Net of refunds before anything else: few lines are refunded.
line as (
    select l.encounter_id, l.item_code, l.charge_type, l.amount + coalesce(r.amount, 0) as amount
    from charge_line as l
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
),

cost as (
    select v.institution_id, v.month_at, v.inpatient, v.disease, l.charge_type, s.modality,
        cast(sum(l.amount) as bigint) as amount
    from line as l
    join complete as v on v.encounter_id = l.encounter_id
    left join scanner as s on s.item_code = l.item_code
    group by v.institution_id, v.month_at, v.inpatient, v.disease, l.charge_type, s.modality
),

whole as (
    select institution_id, month_at, inpatient, disease, cast(sum(amount) as bigint) as amount
    from cost
    group by institution_id, month_at, inpatient, disease
),

part as (
    select c.institution_id, c.month_at, c.inpatient, c.disease,
        case
            when c.charge_type in ('09', '10', '11') then 'drugs'
            when c.charge_type in ('03', '04') then 'examinations'
            when c.charge_type = '08' then 'consumables'
            else 'treatment'
        end as ratio,
        cast(sum(c.amount) as bigint) as amount
    from cost as c
    where c.charge_type in ('03', '04', '05', '08', '09', '10', '11')
    group by c.institution_id, c.month_at, c.inpatient, c.disease,
        case
            when c.charge_type in ('09', '10', '11') then 'drugs'
            when c.charge_type in ('03', '04') then 'examinations'
            when c.charge_type = '08' then 'consumables'
            else 'treatment'
        end
    union all
    select institution_id, month_at, inpatient, disease, case modality when 'CT' then 'ct' else 'mri' end,
        cast(sum(amount) as bigint)
    from cost
    where modality is not null
    group by institution_id, month_at, inpatient, disease, modality
    union all
    -- infections that came in hospital are counted by stays, in the same form
    select v.institution_id, v.month_at, v.inpatient, v.disease, 'infections', count(distinct d.encounter_id)
    from diagnosis as d
    join complete as v on v.encounter_id = d.encounter_id and v.inpatient
    where d.admission_condition = '4' and regexp_matches(d.code, $infections)
    group by v.institution_id, v.month_at, v.inpatient, v.disease
),

base as (
    select w.institution_id, w.month_at, w.inpatient, w.disease, r.ratio, w.amount
    from whole as w
    cross join (
        select 'drugs' as ratio
        union all select 'examinations'
        union all select 'consumables'
        union all select 'treatment'
        union all select 'ct'
        union all select 'mri'
    ) as r
    union all
    select institution_id, month_at, inpatient, disease, 'infections', count(*)
    from complete
    where inpatient
    group by institution_id, month_at, inpatient, disease
),

-- What everybody spends on it in such cases, in millionths.
usual as (
    select b.inpatient, b.disease, b.ratio,
        cast(sum(coalesce(p.amount, 0)) as bigint) * 10000 // cast(sum(b.amount) as bigint) * 100
        + cast(sum(coalesce(p.amount, 0)) as bigint) * 10000 % cast(sum(b.amount) as bigint) * 100
        // cast(sum(b.amount) as bigint) as share_ppm
    from base as b
    left join part as p
        on p.institution_id = b.institution_id and p.month_at = b.month_at and p.inpatient = b.inpatient
        and p.disease = b.disease and p.ratio = b.ratio
    group by b.inpatient, b.disease, b.ratio
    having cast(sum(b.amount) as bigint) > 0
),

monthly as (
    select b.institution_id, b.month_at, b.ratio,
        cast(sum(b.amount) as bigint) as whole,
        cast(sum(coalesce(p.amount, 0)) as bigint) as observed,
        cast(sum(b.amount * u.share_ppm) as bigint) // 1000000 as expected
    from base as b
    join usual as u on u.inpatient = b.inpatient and u.disease = b.disease and u.ratio = b.ratio
    left join part as p
        on p.institution_id = b.institution_id and p.month_at = b.month_at and p.inpatient = b.inpatient
        and p.disease = b.disease and p.ratio = b.ratio
    group by b.institution_id, b.month_at, b.ratio
),

enough as (
    select institution_id, month_at, count(*) as encounters
    from complete
    group by institution_id, month_at
    having count(*) >= $min_encounters
),

compared as (
    select m.institution_id, m.month_at, m.ratio, m.whole, m.observed, m.observed * 10000 // m.expected as level,
        i.kind || '|' || coalesce(i.level, '') as peer_group
    from monthly as m
    join enough as e on e.institution_id = m.institution_id and e.month_at = m.month_at
    join institution as i on i.institution_id = m.institution_id
    where m.expected >= case when m.ratio = 'infections' then $min_infections else $min_cost end
),

centred as (
    select c.*,
        row_number() over (partition by peer_group, ratio order by level, institution_id, month_at) as number,
        count(*) over (partition by peer_group, ratio) as months
    from compared as c
),

median as (
    select peer_group, ratio, cast(sum(level) as bigint) // count(*) as level, max(months) as months
    from centred
    where number in ((months + 1) // 2, (months + 2) // 2)
    group by peer_group, ratio
),

apart as (
    select c.institution_id, c.month_at, c.ratio, c.peer_group, c.whole, c.observed, c.level, m.level as usual_level, c.months,
        abs(c.level - m.level) as apart,
        row_number() over (
            partition by c.peer_group, c.ratio order by abs(c.level - m.level), c.institution_id, c.month_at
        ) as number
    from centred as c
    join median as m on m.peer_group = c.peer_group and m.ratio = c.ratio
),

spread as (
    select peer_group, ratio, cast(sum(apart) as bigint) // count(*) as spread
    from apart
    where number in ((months + 1) // 2, (months + 2) // 2)
    group by peer_group, ratio
),

peers as (
    select peer_group, ratio, count(distinct institution_id) as institutions
    from apart
    group by peer_group, ratio
),

unlike as (
    select a.institution_id, a.month_at, a.ratio, a.whole, a.observed, a.level, a.usual_level, p.institutions,
        (a.level - a.usual_level) * 10000000 // (14826 * s.spread) as z_milli,
        case when a.level > a.usual_level then 1 else -1 end as side,
        a.apart * 10000000 > $z_limit * 14826 * s.spread as far,
        cast(substr(cast(cast(a.month_at as date) as varchar), 1, 4) as bigint) * 12
        + cast(substr(cast(cast(a.month_at as date) as varchar), 6, 2) as bigint) as month_number
    from apart as a
    join spread as s on s.peer_group = a.peer_group and s.ratio = a.ratio
    join peers as p on p.peer_group = a.peer_group and p.ratio = a.ratio
    where p.institutions >= $min_peers
        and s.spread > 0
        and a.apart * 20000000 > $z_limit * 14826 * s.spread
        -- where everybody does the same a trifle is many deviations away
        and a.apart * 10000 >= $min_apart * a.usual_level
),

-- Months in a row on the same side have one and the same difference to their place in the row.
placed as (
    select u.*,
        u.month_number - row_number() over (
            partition by u.institution_id, u.ratio, u.side order by u.month_number
        ) as row_of_months,
        lag(u.far) over (partition by u.institution_id, u.ratio, u.side order by u.month_number) as far_before,
        lag(u.month_number) over (partition by u.institution_id, u.ratio, u.side order by u.month_number) as number_before
    from unlike as u
),

rows_of_months as (
    select p.*,
        count(*) over (partition by p.institution_id, p.ratio, p.side, p.row_of_months) as in_a_row
    from placed as p
),

-- Every month but the first of two that are far apart, or of many that are half as far.
running as (
    select r.institution_id, r.ratio, r.side, r.month_at, r.z_milli, r.level, r.observed, r.whole, r.institutions
    from rows_of_months as r
    where r.number_before = r.month_number - 1 and ((r.far and r.far_before) or r.in_a_row >= $long_run)
),

finding as (
    select r.institution_id, r.ratio, r.side, max(r.month_at) as last_at, count(*) as months,
        r.institution_id || '|' || r.ratio || '|' || case when r.side > 0 then 'high' else 'low' end as finding_key
    from running as r
    group by r.institution_id, r.ratio, r.side
),

latest as (
    select f.finding_key, f.institution_id, f.last_at, f.months, f.ratio, r.z_milli, r.level, r.observed, r.whole, r.institutions
    from finding as f
    join running as r
        on r.institution_id = f.institution_id and r.ratio = f.ratio and r.side = f.side and r.month_at = f.last_at
),

evidence as (
    select finding_key, ratio as signal, observed * 10000 // whole as value from latest
    union all
    select finding_key, 'level', level from latest
    union all
    select finding_key, 'score', abs(z_milli) from latest
    union all
    select finding_key, 'months', months + 1 from latest
    union all
    select finding_key, 'peers', institutions - 1 from latest
)

select
    v.finding_key,
    cast(null as varchar) as person_id,
    l.institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    l.last_at as occurred_at,
    v.signal,
    v.value,
    'institution' as ref_table,
    l.institution_id as ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from evidence as v
join latest as l on l.finding_key = v.finding_key
