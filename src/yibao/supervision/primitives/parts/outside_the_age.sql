-- Whoever is outside an age limit. Before it stand `point`: kp_id, item_code, age_from_days, age_to_days; and `dated`:
-- person_id, occurred_at, kp_id, item_code and what else the law needs of a row.

-- A limit of whole years is kept as days; the birthday decides, not a count of days that leap years shift. A number
-- between 365 n and 366 n (n >= 1) means n years, anything else means days.
age_limit as (
    select
        kp_id, item_code, coalesce(age_from_days, 0) as age_from_days, coalesce(age_to_days, 73000) as age_to_days,
        case
            when age_from_days >= 365 and age_from_days <= 366 * (age_from_days // 365) then age_from_days // 365
        end as from_years,
        case
            when age_to_days >= 365 and age_to_days <= 366 * (age_to_days // 365) then age_to_days // 365
        end as to_years
    from point
),

-- Age in days, and in completed years by the calendar (20260301 - 20080302 = 179999: seventeen).
aged as (
    select
        d.*, a.age_from_days, a.age_to_days, a.from_years, a.to_years, person.sex,
        date_diff('day', person.birth_date, cast(d.occurred_at as date)) as age_days,
        (
            extract(year from d.occurred_at) * 10000 + extract(month from d.occurred_at) * 100
            + extract(day from d.occurred_at)
            - extract(year from person.birth_date) * 10000 - extract(month from person.birth_date) * 100
            - extract(day from person.birth_date)
        ) // 10000 as age_years
    from dated as d
    join age_limit as a on a.kp_id = d.kp_id and a.item_code = d.item_code
    join person on person.person_id = d.person_id
    where person.birth_date <= cast(d.occurred_at as date)
),

outside_the_age as (
    select *
    from aged
    where (
            case when from_years is not null then age_years < from_years else age_days < age_from_days end
            or case when to_years is not null then age_years >= to_years else age_days >= age_to_days end
        )
),
