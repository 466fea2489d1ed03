-- Sales of a pharmacy by hour of the day: bills, persons' cards and money.
select
    institution_id, cast(date_trunc('month', settled_at) as date) as month, extract(hour from settled_at) as hour,
    count(*) as bills, count(distinct person_id) as persons, cast(sum(total_amount) as bigint) as amount
from settlement
where kind = '41' and reversed_settlement_id is null
group by 1, 2, 3
order by 1, 2, 3
