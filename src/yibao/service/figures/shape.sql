-- The shape of an institution's work: how many stays, returns and bills fall into each class. Two measures tell of
-- stays (`los` days, `gap` days until the next stay at the same institution), two of other bills (`hour`, `cost` in
-- steps of 50 yuan). The last class holds all beyond.
with stays as (
    select
        e.institution_id,
        date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date)) as days,
        date_diff('day', cast(e.discharged_at as date), lead(cast(e.admitted_at as date)) over (
            partition by e.institution_id, e.person_id order by e.admitted_at, e.encounter_id
        )) as gap
    from encounter as e
    where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null
),
bills as (
    select
        s.institution_id,
        cast(extract(hour from s.settled_at) as bigint) as hour,
        least(s.total_amount // 5000, 20) as cost
    from settlement as s
    where s.kind not in ('21', '22', '23', '24', '52') and s.reversed_settlement_id is null and s.total_amount >= 0
),
classed as (
    select institution_id, 'los' as measure, least(greatest(days, 0), 30) as class from stays
    union all
    select institution_id, 'gap' as measure, least(gap, 30) as class from stays where gap >= 0
    union all
    select institution_id, 'hour' as measure, hour as class from bills
    union all
    select institution_id, 'cost' as measure, cost as class from bills
)
select institution_id, measure, cast(class as bigint) as class, cast(count(*) as bigint) as number
from classed
group by 1, 2, 3
