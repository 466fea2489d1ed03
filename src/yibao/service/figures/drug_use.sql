-- Drugs that an institution charged in a month, by item and whether the patient stayed: persons' visits and money.
with charged as (
    select
        l.institution_id, cast(date_trunc('month', l.charged_at) as date) as month,
        case when e.kind in ('21', '22', '23', '24', '52') then 'stay' else 'visit' end as care,
        l.item_code, l.encounter_id, min(l.item_name) as item_name, min(l.charge_type) as charge_type,
        min(l.payment_class) as payment_class,
        cast(sum(l.quantity) as bigint) as quantity, cast(sum(l.amount) as bigint) as amount
    from charge_line as l
    inner join encounter as e on e.encounter_id = l.encounter_id
    where l.charge_type in ('09', '10', '11') and l.item_code is not null
    group by 1, 2, 3, 4, 5
    having cast(sum(l.amount) as bigint) > 0
)
select
    c.institution_id, c.month, c.care, c.item_code, min(c.item_name) as item_name, min(c.charge_type) as charge_type,
    min(c.payment_class) as payment_class, min(i.ingredient_code) as ingredient_code, count(*) as visits,
    cast(sum(c.quantity) as bigint) as quantity, cast(sum(c.amount) as bigint) as amount
from charged as c
left join (
    select item_code, min(ingredient_code) as ingredient_code from catalogue_item group by item_code
) as i on i.item_code = c.item_code
group by c.institution_id, c.month, c.care, c.item_code
order by c.institution_id, c.month, c.care, c.item_code
