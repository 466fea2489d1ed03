-- H05 · An institution whose data reach the insurance late: outpatients not settled within a day of the visit, lists of
-- stays declared more than a week after discharge. One finding per institution and month in which it is no exception.
with sent as (
    select
        e.encounter_id, e.institution_id, s.fund_amount,
        date_trunc('month', coalesce(e.discharged_at, e.admitted_at)) as month_at,
        case when e.kind in ('21', '22', '23', '24', '52') then 'list_late' else 'settled_late' end as signal,
        case
            when e.kind in ('21', '22', '23', '24', '52')
                then cast(epoch(s.declared_at) as bigint) - cast(epoch(e.discharged_at) as bigint)
            else cast(epoch(s.settled_at) as bigint) - cast(epoch(coalesce(e.discharged_at, e.admitted_at)) as bigint)
        end as seconds
    from settlement as s
    join encounter as e on e.encounter_id = s.encounter_id
    where s.reversed_settlement_id is null and s.settled_at <= $as_of
),

judged as (
    select s.*,
        case when signal = 'list_late' then seconds > $list_days * 86400 else seconds > $visit_hours * 3600 end as late
    from sent as s
    where seconds is not null
),

monthly as (
    select institution_id, month_at, signal, count(*) as sent, count(case when late then 1 end) as late,
        max(seconds) // 3600 as longest
    from judged
    group by institution_id, month_at, signal
    having count(case when late then 1 end) >= $min_late
        and count(case when late then 1 end) * 10000 > $late_share * count(*)
),

evidence as (
    select institution_id, month_at, signal, late as value, 'institution' as ref_table, institution_id as ref_id
    from monthly
    union all
    select institution_id, month_at, case when signal = 'list_late' then 'list_share' else 'settled_share' end,
        late * 10000 // sent, 'institution', institution_id
    from monthly
    union all
    select institution_id, month_at, 'longest', max(longest), 'institution', institution_id
    from monthly
    group by institution_id, month_at
    union all
    -- the latest ones are enough to begin with
    select shown.institution_id, shown.month_at, 'case', shown.seconds // 3600, 'encounter', shown.encounter_id
    from (
        select j.institution_id, j.month_at, j.seconds, j.encounter_id
        from judged as j
        join monthly as m on m.institution_id = j.institution_id and m.month_at = j.month_at and m.signal = j.signal
        where j.late
        qualify row_number() over (partition by j.institution_id, j.month_at order by j.seconds desc, j.encounter_id) <= $shown
    ) as shown
)

select
    institution_id || '|' || substr(cast(cast(month_at as date) as varchar), 1, 7) as finding_key,
    cast(null as varchar) as person_id,
    institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    month_at as occurred_at,
    signal,
    value,
    ref_table,
    ref_id,
    cast(null as varchar) as kp_id,
    0 as amount,
    0 as fund_amount
from evidence
