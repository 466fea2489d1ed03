-- P2 · A diagnosis or procedure that belongs to one age is written for a person of another.
-- Serves every knowledge point of the classes in $rule_classes whose target is a code; charge lines: P2_age.
with point as (
    select kp_id, item_code, target, valid_from, valid_to, age_from_days, age_to_days
    from knowledge_point
    where primitive = 'P2'
        and status = 'compiled'
        and target in ('diagnosis', 'procedure')
        and (age_from_days is not null or age_to_days is not null)
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

{parts/coded}

dated as (select * from coded),

{parts/outside_the_age}

{parts/birth}

outside as (
    select *
    from outside_the_age
    -- two points may bind one code: it is one finding
    qualify row_number() over (partition by ref_table, ref_id order by kp_id) = 1
)

select
    o.ref_table || '|' || o.ref_id as finding_key,
    o.person_id,
    o.institution_id,
    o.encounter_id,
    o.staff_id,
    o.occurred_at,
    case when o.age_years >= 1 then 'age_years' else 'age_days' end as signal,
    case when o.age_years >= 1 then o.age_years else o.age_days end as value,
    o.ref_table,
    o.ref_id,
    o.kp_id,
    0 as amount,
    0 as fund_amount
from outside as o
-- a newborn
where not (
    o.age_to_days <= 366
    and o.sex = '2'
    and exists (select 1 from birth as b where b.encounter_id = o.encounter_id)
)
