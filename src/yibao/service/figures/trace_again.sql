-- Trace codes that were settled more than once: each sale of them, and at how many places they were sold in all.
with sold as (
    select trace_code, institution_id, item_code, sold_at, settlement_id
    from drug_trace
    where quantity > 0 and insured and trace_code is not null and not coalesce(split_pack, false)
),
again as (
    select trace_code, count(*) as sales, count(distinct institution_id) as places
    from sold
    group by trace_code
    having count(*) > 1
)
select s.institution_id, s.trace_code, s.item_code, s.sold_at, s.settlement_id, a.sales, a.places
from sold as s
inner join again as a on a.trace_code = s.trace_code
order by s.institution_id, s.trace_code, s.sold_at
