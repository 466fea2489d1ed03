-- P13 · Of several operations through one incision the second and further are not charged at the reduced price.
-- Serves every knowledge point of the classes in $rule_classes by `surgery_group`; one finding per line of a further
-- operation. The dearest operation of a day and group is the first.
with point as (
    select kp_id, item_code, surgery_group, coalesce(discount_rate, $discount_bp) as discount_bp, valid_from, valid_to
    from knowledge_point
    where primitive = 'P13'
        and status = 'compiled'
        and surgery_group is not null
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

line as (
    select
        l.line_id, l.settlement_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code,
        l.charged_at, cast(l.charged_at as date) as charged_on, l.unit_price,
        l.quantity + coalesce(r.quantity, 0) as quantity,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.surgery_group, p.discount_bp
    from charge_line as l
    join point as p on p.item_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.unit_price > 0
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
    qualify row_number() over (partition by l.line_id, p.surgery_group order by p.discount_bp, p.kp_id) = 1
),

-- Operations charged on one day of one encounter are one session.
session as (
    select encounter_id, charged_on, surgery_group, count(distinct item_code) as operations
    from line
    group by encounter_id, charged_on, surgery_group
    having count(distinct item_code) >= 2
),

-- The record of operations says how many incisions there were; where it is silent, one is taken for granted.
incision as (
    select s.encounter_id, s.charged_on, count(distinct q.incision_id) as incisions, count(q.incision_id) as recorded
    from (select distinct encounter_id, charged_on from session) as s
    join procedure as q on q.encounter_id = s.encounter_id and cast(q.begin_at as date) = s.charged_on
    group by s.encounter_id, s.charged_on
),

ranked as (
    select
        l.line_id, l.settlement_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code,
        l.charged_at, l.charged_on, l.unit_price, l.quantity, l.fund_amount, l.kp_id, l.surgery_group, l.discount_bp,
        s.operations,
        row_number() over (
            partition by l.encounter_id, l.charged_on, l.surgery_group order by l.unit_price desc, l.charged_at, l.line_id
        ) as place
    from line as l
    join session as s
        on s.encounter_id = l.encounter_id and s.charged_on = l.charged_on and s.surgery_group = l.surgery_group
    left join incision as i on i.encounter_id = l.encounter_id and i.charged_on = l.charged_on
    where not coalesce(i.recorded >= s.operations and i.incisions >= s.operations, false)
),

first_operation as (
    select encounter_id, charged_on, surgery_group, line_id as first_line_id from ranked where place = 1
),

-- What the list says a whole operation costs; in hospitals of a lower level it costs less, so this errs for them.
further as (
    select
        r.line_id, r.settlement_id, r.person_id, r.institution_id, r.encounter_id, r.staff_id, r.charged_at,
        r.unit_price, r.quantity, r.fund_amount, r.kp_id, r.surgery_group, r.discount_bp, r.operations,
        f.first_line_id, c.unit_price as full_price
    from ranked as r
    join first_operation as f
        on f.encounter_id = r.encounter_id and f.charged_on = r.charged_on and f.surgery_group = r.surgery_group
    join catalogue_item as c
        on c.item_code = r.item_code
        and c.valid_from <= r.charged_on
        and r.charged_on < coalesce(c.valid_to, date '9999-12-31')
    where r.place > 1
        and r.unit_price * 10000 > c.unit_price * (r.discount_bp + $tolerance_bp)
),

-- Where a group is paid, nothing was lost by the price of one operation: recorded, without money.
grouped as (
    select settlement_id from settlement
    where settlement_id in (select settlement_id from further) and drg_code is not null
),

finding as (
    select
        f.*,
        greatest(f.unit_price - round_half_up(f.full_price * f.discount_bp, 10000), 0) as excess_price,
        exists (select 1 from grouped as g where g.settlement_id = f.settlement_id) as is_grouped
    from further as f
    qualify row_number() over (partition by f.line_id order by f.surgery_group) = 1
)

select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'further_operation' as signal, discount_bp as value, 'charge_line' as ref_table, line_id as ref_id, kp_id,
    case when is_grouped then 0 else round_half_up(excess_price * quantity, 10000000) end as amount,
    case when is_grouped then 0 else round_half_up(fund_amount * excess_price, unit_price) end as fund_amount
from finding
union all
select
    line_id as finding_key, person_id, institution_id, encounter_id, staff_id, charged_at as occurred_at,
    'first_operation' as signal, operations as value, 'charge_line' as ref_table, first_line_id as ref_id, kp_id,
    0 as amount, 0 as fund_amount
from finding
