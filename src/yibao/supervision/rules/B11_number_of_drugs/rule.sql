-- Drugs of outpatient care; decoction pieces are counted elsewhere. Without a prescription number the encounter and day
-- stand for one.
with drug as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        coalesce(l.prescription_id, l.encounter_id || '|' || cast(cast(l.charged_at as date) as varchar)) as recipe,
        l.person_id || '|' || l.institution_id || '|' || cast(cast(l.charged_at as date) as varchar) as on_day
    from charge_line as l
    join encounter as e on e.encounter_id = l.encounter_id
    where l.list_type in ('101', '103')
        and l.reversed_line_id is null
        and e.kind in ('11', '14')
),

-- Counted without refunds first: what was too little before is too little after.
many as (
    select recipe as unit, $per_prescription as most
    from drug
    group by recipe
    having count(*) > $per_prescription
    union all
    select on_day as unit, $per_day as most
    from drug
    group by on_day
    having count(*) > $per_day
),

net as (
    select
        m.unit, m.most, d.line_id, d.person_id, d.institution_id, d.encounter_id, d.staff_id, d.item_code, d.charged_at,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount
    from many as m
    join (
        select recipe as unit, line_id, person_id, institution_id, encounter_id, staff_id, item_code, charged_at from drug
        union all
        select on_day as unit, line_id, person_id, institution_id, encounter_id, staff_id, item_code, charged_at from drug
    ) as d on d.unit = m.unit
    join charge_line as l on l.line_id = d.line_id
    left join charge_reversal as r on r.line_id = d.line_id
    where l.quantity + coalesce(r.quantity, 0) > 0
),

placed as (
    select
        net.*,
        min(charged_at) over (partition by unit, item_code) as first_at,
        min(line_id) over (partition by unit, item_code) as first_line,
        max(charged_at) over (partition by unit) as last_at
    from net
),

numbered as (
    select placed.*, dense_rank() over (partition by unit order by first_at, first_line) as place
    from placed
),

counted as (
    select
        numbered.*, max(place) over (partition by unit) as drugs,
        row_number() over (partition by unit order by charged_at desc, line_id desc) as from_end
    from numbered
)

select
    unit as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'past_limit' as signal, place as value, 'charge_line' as ref_table, line_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from counted
where drugs > most and place > most
union all
select
    unit as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at,
    'drugs' as signal, drugs as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, 0 as amount, 0 as fund_amount
from counted
where drugs > most and from_end = 1
