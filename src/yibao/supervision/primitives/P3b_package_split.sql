-- P3b · A service that has a price as a whole is charged as its components, for more than the whole costs.
-- Serves every package (item_code) with its components (other_item_code) of the classes in $rule_classes; one finding
-- per encounter, package and day.
with package as (
    select kp_id, item_code as package_code, other_item_code as component_code, others_needed, valid_from, valid_to
    from knowledge_point
    where primitive = 'P3b'
        and status = 'compiled'
        and other_item_code <> ''
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

package_size as (
    select kp_id, coalesce(max(others_needed), count(*)) as needed from package group by kp_id
),

-- Some codes are components of packages only; of the lines of those, what is left after refunds.
line as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.item_code, l.charged_at,
        cast(l.charged_at as date) as charged_on,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        p.kp_id, p.package_code
    from charge_line as l
    join package as p on p.component_code = l.item_code
    left join charge_reversal as r on r.line_id = l.line_id
    where l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
),

session as (
    select
        encounter_id, kp_id, package_code, charged_on,
        count(distinct item_code) as components,
        cast(sum(amount) as bigint) as amount,
        max(charged_at) as last_at
    from line
    group by encounter_id, kp_id, package_code, charged_on
),

priced as (
    select
        s.encounter_id, s.kp_id, s.charged_on, s.components, s.amount, s.last_at,
        -- millionths of a yuan to fen, half up
        (c.unit_price + 5000) // 10000 as package_amount
    from session as s
    join package_size as z on z.kp_id = s.kp_id and s.components >= z.needed
    join catalogue_item as c
        on c.item_code = s.package_code
        and c.valid_from <= s.charged_on
        and s.charged_on < coalesce(c.valid_to, date '9999-12-31')
    where c.unit_price is not null
        and s.amount > (c.unit_price + 5000) // 10000
    -- two packages may hold the same tests: the one that the split makes dearest
    qualify row_number() over (
        partition by s.encounter_id, s.charged_on order by s.amount - (c.unit_price + 5000) // 10000 desc, s.kp_id
    ) = 1
),

-- What is charged past the price of the package, shared out in the order of charging.
counted as (
    select
        l.encounter_id || '|' || l.kp_id || '|' || cast(l.charged_on as varchar) as finding_key,
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.kp_id, l.amount, l.fund_amount,
        p.last_at, p.components, p.package_amount, p.amount as charged_amount,
        least(
            l.amount,
            greatest(
                cast(sum(l.amount) over (
                    partition by l.encounter_id, l.kp_id, l.charged_on order by l.charged_at, l.line_id
                    rows between unbounded preceding and current row
                ) as bigint) - p.package_amount,
                0
            )
        ) as excess,
        row_number() over (partition by l.encounter_id, l.kp_id, l.charged_on order by l.charged_at, l.line_id) as place
    from line as l
    join priced as p on p.encounter_id = l.encounter_id and p.kp_id = l.kp_id and p.charged_on = l.charged_on
)

select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'component' as signal,
    amount as value, 'charge_line' as ref_table, line_id as ref_id, kp_id, excess as amount,
    round_half_up(fund_amount * excess, greatest(amount, 1)) as fund_amount
from counted
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'charged_apart' as signal,
    charged_amount as value, 'encounter' as ref_table, encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from counted
where place = 1
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'package_price' as signal,
    package_amount as value, 'encounter' as ref_table, encounter_id as ref_id, kp_id, 0 as amount, 0 as fund_amount
from counted
where place = 1
