-- F03 · A person gathers more of a drug than one body can take, from many places, and shows how resellers behave.
-- Two marks are needed (far too much supply, many institutions) and at least $min_signs of the others.
with watched as (
    select item_code, min(coalesce(valid_from, date '1900-01-01')) as valid_from
    from knowledge_point
    where status = 'compiled' and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
    group by item_code
),

drug_line as (
    select l.line_id, l.item_code, l.person_id, l.institution_id, l.encounter_id, l.charged_at, cast(l.charged_at as date) as bought_on,
        coalesce(c.ingredient_code, l.item_code) as drug, l.days_supply, l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from charge_line as l
    join encounter as e on e.encounter_id = l.encounter_id and e.kind in ('11', '13', '14', '41')
    join (
        select item_code, max(ingredient_code) as ingredient_code from catalogue_item group by item_code
    ) as c on c.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.days_supply > 0
        and l.list_type in ('101', '103')
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and l.charged_at <= $as_of
),

-- Few people ever gather so much of one drug: only their windows are looked at.
stocked as (
    select person_id, drug
    from drug_line
    group by person_id, drug
    having cast(sum(days_supply) as bigint) * 10000 > $supply_ratio * $window_days
),

gatherer as (
    select l.person_id, l.drug
    from drug_line as l
    join stocked as s on s.person_id = l.person_id and s.drug = l.drug
    group by l.person_id, l.drug
    having count(distinct l.institution_id) >= $min_institutions
),

windowed as (
    select
        a.person_id, a.drug, a.bought_on as last_on,
        cast(sum(b.days_supply) as bigint) as days, count(distinct b.institution_id) as institutions
    from (
        select distinct l.person_id, l.drug, l.bought_on
        from drug_line as l
        join gatherer as g on g.person_id = l.person_id and g.drug = l.drug
    ) as a
    join drug_line as b
        on b.person_id = a.person_id and b.drug = a.drug and b.bought_on <= a.bought_on
        and date_diff('day', b.bought_on, a.bought_on) < $window_days
    group by a.person_id, a.drug, a.bought_on
),

worst as (
    select person_id, drug, last_on, days, institutions
    from windowed
    where days * 10000 > $supply_ratio * $window_days and institutions >= $min_institutions
    qualify row_number() over (partition by person_id order by days desc, institutions desc, last_on, drug) = 1
),

taken as (
    select w.person_id, w.drug, w.last_on, l.line_id, l.encounter_id, l.institution_id, l.charged_at, l.bought_on,
        l.days_supply, l.amount, l.fund_amount,
        date_diff('day', lag(l.bought_on) over (partition by w.person_id order by l.bought_on, l.line_id), l.bought_on) as gap
    from worst as w
    join drug_line as l
        on l.person_id = w.person_id and l.drug = w.drug and l.bought_on <= w.last_on
        and date_diff('day', l.bought_on, w.last_on) < $window_days
),

habit as (
    select
        person_id,
        count(*) as purchases,
        count(case when gap > 0 then 1 end) as gaps,
        cast(sum(case when gap > 0 then gap else 0 end) as bigint) as gap_sum,
        cast(sum(case when gap > 0 then gap * gap else 0 end) as bigint) as gap_squares,
        count(case when extract(hour from charged_at) >= 22 or extract(hour from charged_at) < 6 then 1 end) as nights
    from taken
    group by person_id
),

away as (
    select t.person_id, count(distinct t.line_id) as lines
    from taken as t
    join encounter as e on e.encounter_id = t.encounter_id
    where e.out_of_region
    group by t.person_id
),

chain as (
    select person_id, max(places) as places
    from (
        select l.person_id, l.bought_on, count(distinct l.institution_id) as places
        from drug_line as l
        where l.person_id in (select person_id from worst)
        group by l.person_id, l.bought_on
    ) as day_of_purchases
    group by person_id
),

-- How much of all that the person gathered in the window is of drugs that are watched because they are resold.
prone as (
    select
        t.person_id,
        cast(sum(case when k.item_code is not null then t.days_supply else 0 end) as bigint) * 10000
            // cast(sum(t.days_supply) as bigint) as share
    from (
        select w.person_id, l.item_code, l.bought_on, l.days_supply
        from worst as w
        join drug_line as l
            on l.person_id = w.person_id and l.bought_on <= w.last_on
            and date_diff('day', l.bought_on, w.last_on) < $window_days
    ) as t
    left join watched as k on k.item_code = t.item_code and t.bought_on >= k.valid_from
    group by t.person_id
),

-- A box this person was sold turns up at another counter for somebody else.
resold as (
    select a.person_id, count(distinct a.trace_code) as boxes
    from drug_trace as a
    join drug_trace as b
        on b.trace_code = a.trace_code and b.sold_at > a.sold_at and b.person_id <> a.person_id and b.quantity > 0
    where a.person_id in (select person_id from worst) and a.quantity > 0
    group by a.person_id
),

-- A coefficient of variation below 0.3, in squares: n * sum of squares - square of the sum < 0.09 * square of the sum.
sign as (
    select person_id, 'even_intervals' as signal, gap_sum // gaps as value
    from habit
    where gaps >= 3 and (gaps * gap_squares - gap_sum * gap_sum) * 10000 < $interval_variation * gap_sum * gap_sum
    union all
    select person_id, 'nights', nights
    from habit
    where nights * 10000 >= $night_share * purchases
    union all
    select a.person_id, 'away', a.lines
    from away as a
    join habit as h on h.person_id = a.person_id
    where a.lines * 2 >= h.purchases
    union all
    select person_id, 'chain', places
    from chain
    where places >= $chain_places
    union all
    select person_id, 'watched', share
    from prone
    where share >= $watched_share
    union all
    select person_id, 'resold', boxes
    from resold
),

finding as (
    select w.person_id, w.drug, w.last_on, w.days, w.institutions
    from worst as w
    where (select count(*) from sign as s where s.person_id = w.person_id) >= $min_signs
),

evidence as (
    select person_id, 'supply' as signal, days as value, 'person' as ref_table, person_id as ref_id, 0 as amount,
        0 as fund_amount
    from finding
    union all
    select person_id, 'institutions', institutions, 'person', person_id, 0, 0
    from finding
    union all
    select s.person_id, s.signal, s.value, 'person', s.person_id, 0, 0
    from sign as s
    union all
    select person_id, 'purchase', days_supply, 'charge_line', line_id, amount, fund_amount
    from taken
)

select
    f.person_id || '|' || cast(f.last_on as varchar) as finding_key,
    f.person_id,
    cast(null as varchar) as institution_id,
    cast(null as varchar) as encounter_id,
    cast(null as varchar) as staff_id,
    cast(f.last_on as timestamp) as occurred_at,
    v.signal,
    v.value,
    v.ref_table,
    v.ref_id,
    cast(null as varchar) as kp_id,
    v.amount,
    v.fund_amount
from evidence as v
join finding as f on f.person_id = v.person_id
