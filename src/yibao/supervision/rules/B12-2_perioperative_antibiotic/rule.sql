-- Stays with clean operations only: another operation may need what a clean one does not.
with operated as (
    select
        encounter_id,
        min(begin_at) as begin_at,
        max(coalesce(end_at, begin_at)) as end_at,
        min(sequence) as sequence
    from procedure
    where begin_at is not null and kind = '1'
    group by encounter_id
    having bool_and(regexp_matches(code, $clean_operations))
),

infected as (
    select distinct encounter_id
    from diagnosis
    where encounter_id in (select encounter_id from operated) and regexp_matches(code, $infections)
),

antibiotic as (
    select distinct item_code from catalogue_item where regexp_matches(item_code, $antibiotic_codes)
),

given_at as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id,
        coalesce(l.executed_at, l.charged_at) as done_at, o.begin_at, o.end_at, o.sequence,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join operated as o on o.encounter_id = l.encounter_id
    join antibiotic as b on b.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and l.encounter_id not in (select encounter_id from infected)
),

judged as (
    select
        given_at.*,
        (cast(epoch(done_at) as bigint) - cast(epoch(end_at) as bigint)) // 3600 as hours_after,
        (cast(epoch(begin_at) as bigint) - cast(epoch(done_at) as bigint)) // 3600 as hours_before
    from given_at
),

outside as (
    select
        judged.*,
        case when done_at > end_at then 'too_late' else 'too_early' end as signal,
        max(done_at) over (partition by encounter_id) as last_at,
        row_number() over (partition by encounter_id order by done_at, line_id) as place
    from judged
    where cast(epoch(done_at) as bigint) - cast(epoch(end_at) as bigint) > $after_hours * 3600
        or cast(epoch(begin_at) as bigint) - cast(epoch(done_at) as bigint) > $before_hours * 3600
)

select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, signal,
    case signal when 'too_late' then hours_after else hours_before end as value, 'charge_line' as ref_table,
    line_id as ref_id, cast(null as varchar) as kp_id, amount, fund_amount
from outside
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'operation' as signal, cast(null as bigint) as value, 'procedure' as ref_table,
    encounter_id || '|' || cast(sequence as varchar) as ref_id, cast(null as varchar) as kp_id, 0 as amount,
    0 as fund_amount
from outside
where place = 1
