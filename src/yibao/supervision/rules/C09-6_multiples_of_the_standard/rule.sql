-- C09-6 · Cases whose cost is a high multiple of the payment standard of their group, or a low one, are paid apart or
-- pay for care that was not given. One finding per institution and grouping scheme in which they are more than its
-- groups and level let expect, or in which costs gather just above the line from which a case is paid apart.
with priced as (
    select
        c.encounter_id, c.institution_id, c.system, c.version, c.region, c.group_code, c.discharged_at,
        coalesce(i.level, '') as level, c.amount * 10000 // c.standard_amount as multiple,
        case when c.amount * 10000 >= $high_multiple * c.standard_amount then 1 else 0 end as is_high,
        -- who was sent on, left or died early had no time to cost much
        case
            when c.amount * 10000 <= $low_multiple * c.standard_amount and coalesce(c.discharge_way, '') not in ('2', '4', '5')
                then 1
            else 0
        end as is_low
    from case_group as c
    left join institution as i on i.institution_id = c.institution_id
    where c.status = 'grouped' and c.amount > 0 and c.standard_amount > 0 and c.discharged_at <= $as_of
        and date_diff('day', cast(c.discharged_at as date), cast($as_of as date)) < $period_days
),

-- What is usual for the group among institutions of the level, in millionths.
usual as (
    select system, version, region, level, group_code,
        cast(sum(is_high) as bigint) * 1000000 // count(*) as high_ppm,
        cast(sum(is_low) as bigint) * 1000000 // count(*) as low_ppm
    from priced
    group by system, version, region, level, group_code
),

summed as (
    select
        p.institution_id, p.system, p.version, p.region, count(*) as cases, max(p.discharged_at) as last_at,
        cast(sum(p.is_high) as bigint) as high, cast(sum(u.high_ppm) as bigint) // 1000 as high_expected,
        cast(sum(p.is_low) as bigint) as low, cast(sum(u.low_ppm) as bigint) // 1000 as low_expected,
        count(case when p.is_high = 1 and p.multiple < $high_multiple + $margin then 1 end) as just_over,
        count(case when p.is_high = 0 and p.multiple >= $high_multiple - $margin then 1 end) as just_under
    from priced as p
    join usual as u
        on u.system = p.system and u.version = p.version and u.region = p.region and u.level = p.level
        and u.group_code = p.group_code
    group by p.institution_id, p.system, p.version, p.region
),

-- z² = (seen - expected)² / expected, in thousandths of a case.
judged as (
    select summed.*,
        high >= $fewest_cases and high * 1000 > high_expected
            and (high * 1000 - high_expected) * (high * 1000 - high_expected)
                >= $z_limit * $z_limit * greatest(high_expected, 1) * 1000 as many_high,
        low >= $fewest_cases and low * 1000 > low_expected
            and (low * 1000 - low_expected) * (low * 1000 - low_expected)
                >= $z_limit * $z_limit * greatest(low_expected, 1) * 1000 as many_low,
        just_over >= $fewest_cases and just_over >= $times_under * just_under as gathered
    from summed
),

finding as (
    select judged.*, institution_id || '|' || system || '|' || version || '|' || region as finding_key
    from judged
    where many_high or many_low or gathered
),

evidence as (
    select finding_key, 'high' as signal, high as value from finding where many_high
    union all
    select finding_key, 'high_expected', high_expected from finding where many_high
    union all
    select finding_key, 'low', low from finding where many_low
    union all
    select finding_key, 'low_expected', low_expected from finding where many_low
    union all
    select finding_key, 'just_over', just_over from finding where gathered
    union all
    select finding_key, 'just_under', just_under from finding where gathered
    union all
    select finding_key, 'cases', cases from finding
),

shown as (
    select f.finding_key, p.multiple, p.encounter_id
    from finding as f
    join priced as p
        on p.institution_id = f.institution_id and p.system = f.system and p.version = f.version and p.region = f.region
    where (f.many_high and p.is_high = 1)
        or (f.many_low and p.is_low = 1)
        or (f.gathered and p.is_high = 1 and p.multiple < $high_multiple + $margin)
    qualify row_number() over (partition by f.finding_key order by p.multiple desc, p.encounter_id) <= $shown
)

select
    f.finding_key, cast(null as varchar) as person_id, f.institution_id, cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id, f.last_at as occurred_at, e.signal, e.value, 'institution' as ref_table,
    f.institution_id as ref_id, cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from finding as f
join evidence as e on e.finding_key = f.finding_key
union all
select
    f.finding_key, cast(null as varchar), f.institution_id, cast(null as varchar), cast(null as varchar), f.last_at,
    'case', s.multiple, 'encounter', s.encounter_id, cast(null as varchar), 0, 0
from finding as f
join shown as s on s.finding_key = f.finding_key
