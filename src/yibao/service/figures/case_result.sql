-- Cases by institution and group under the run's grouping scheme: cost, payment standard, weight, days.
select
    g.institution_id,
    g.system,
    g.version,
    g.status,
    g.major_category,
    g.group_code,
    max(g.group_name) as group_name,
    cast(count(*) as bigint) as cases,
    cast(sum(case when g.standard_amount is not null then 1 else 0 end) as bigint) as priced,
    cast(sum(g.amount) as bigint) as amount,
    cast(sum(case when g.standard_amount is not null then g.amount else 0 end) as bigint) as priced_amount,
    cast(sum(g.standard_amount) as bigint) as standard_amount,
    cast(sum(g.weight_ppm) as bigint) as weight_ppm,
    cast(sum(g.los_days) as bigint) as days
from case_group as g
group by g.institution_id, g.system, g.version, g.status, g.major_category, g.group_code
