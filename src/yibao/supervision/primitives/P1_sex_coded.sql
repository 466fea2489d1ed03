-- P1 · A diagnosis or procedure limited to one sex is written for a person of the other.
-- Serves every knowledge point of the classes in $rule_classes whose target is a code; charge lines: P1_sex.
with point as (
    select kp_id, item_code, target, sex, valid_from, valid_to
    from knowledge_point
    where primitive = 'P1'
        and status = 'compiled'
        and target in ('diagnosis', 'procedure')
        and sex in ('1', '2')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

{parts/coded}

{parts/undecided_sex}

{parts/birth}

-- Unknown sex proves nothing; nor does a registered sex that the person's own identity number contradicts (its 17th
-- digit is odd for men, even for women): that is a registration error for the quality laws.
mismatch as (
    select c.*, p.sex
    from coded as c
    join point as p on p.kp_id = c.kp_id and p.item_code = c.item_code
    join person on person.person_id = c.person_id
    where
        -- spelt out: `<>` between two tables invites the engine to join every person with every point first
        (
            person.sex = '1' and p.sex = '2'
            and not coalesce(regexp_matches(person.id_number, '^[0-9]{16}[02468][0-9Xx]$'), false)
        )
        or (
            person.sex = '2' and p.sex = '1'
            and not coalesce(regexp_matches(person.id_number, '^[0-9]{16}[13579][0-9Xx]$'), false)
        )
    -- two points may bind one code: it is one finding
    qualify row_number() over (partition by c.ref_table, c.ref_id order by c.kp_id) = 1
)

select
    m.ref_table || '|' || m.ref_id as finding_key,
    m.person_id,
    m.institution_id,
    m.encounter_id,
    m.staff_id,
    m.occurred_at,
    case m.sex when '1' then 'male_only' else 'female_only' end as signal,
    cast(null as bigint) as value,
    m.ref_table,
    m.ref_id,
    m.kp_id,
    0 as amount,
    0 as fund_amount
from mismatch as m
where not exists (select 1 from undecided_sex as u where u.person_id = m.person_id)
    -- a newborn son
    and not (m.sex = '1' and exists (select 1 from birth as b where b.encounter_id = m.encounter_id))
