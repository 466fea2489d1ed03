-- When an institution charges: lines by hour of the day, refunds and what they take back left out.
select
    c.institution_id, cast(extract(hour from c.charged_at) as bigint) as hour, cast(count(*) as bigint) as lines
from charge_line as c
where c.reversed_line_id is null and c.quantity > 0 and c.charged_at is not null
group by 1, 2
