-- Per scheme, base group and institution: cases of the last period and of the one before, and how many of them are in
-- their group because of a complication. Base groups whose split knows no complications are left out.
with grouped as (
    select
        system || ' ' || version || ' ' || region as scheme, base_group, institution_id,
        cast(discharged_at as date) as last_day, case when plain_group <> group_code then 1 else 0 end as raised
    from case_group
    where status = 'grouped' and institution_id is not null and discharged_at is not null and discharged_at <= $as_of
),
span as (
    select
        cast(max(last_day) - ($period_days - 1) * interval 1 day as date) as period_from,
        cast(max(last_day) - (2 * $period_days - 1) * interval 1 day as date) as before_from,
        cast(max(last_day) + interval 1 day as date) as period_to
    from grouped
),
split as (
    select scheme, base_group
    from grouped
    group by scheme, base_group
    having max(raised) = 1
)
select
    g.scheme, g.base_group, g.institution_id, s.period_from, s.period_to,
    count(case when g.last_day >= s.period_from then 1 end) as cases,
    count(case when g.last_day >= s.period_from and g.raised = 1 then 1 end) as raised,
    count(case when g.last_day < s.period_from and g.last_day >= s.before_from then 1 end) as cases_before,
    count(case when g.last_day < s.period_from and g.last_day >= s.before_from and g.raised = 1 then 1 end)
        as raised_before
from grouped as g
join split as x on x.scheme = g.scheme and x.base_group = g.base_group
cross join span as s
group by g.scheme, g.base_group, g.institution_id, s.period_from, s.period_to
having count(case when g.last_day >= s.period_from then 1 end) > 0
