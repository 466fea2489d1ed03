-- Visits with drugs in boxes by institution and month, and those of them with an uploaded trace code.
with sold as (
    select distinct l.institution_id, cast(date_trunc('month', l.charged_at) as date) as month, l.encounter_id
    from charge_line as l
    where l.list_type = '101' and l.reversed_line_id is null and l.quantity > 0
),
coded as (
    select distinct encounter_id from drug_trace where encounter_id is not null
)
select
    s.institution_id, s.month, count(*) as visits,
    cast(sum(case when c.encounter_id is null then 0 else 1 end) as bigint) as coded
from sold as s
left join coded as c on c.encounter_id = s.encounter_id
group by s.institution_id, s.month
order by s.institution_id, s.month
