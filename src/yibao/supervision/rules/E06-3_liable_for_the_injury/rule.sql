-- E06-3 · The record names a cause of which somebody else has to pay: work, another vehicle, an assault, somebody's dog;
-- the fund paid, and nobody has said yet who is liable. Causes are codes of chapter XX beside an injury (in ICD-9 the same
-- letters mean other things), or a disease of the occupation itself. One finding per encounter.
with named as (
    select encounter_id, sequence, regexp_matches(code, $work_codes) as is_work
    from diagnosis
    where regexp_matches(code, $work_codes) or regexp_matches(code, $third_party_codes)
),

injured as (
    select distinct encounter_id
    from diagnosis
    where encounter_id in (select encounter_id from named) and regexp_matches(code, $injury_codes)
),

cause as (
    select encounter_id, sequence, case when is_work then 'work_related' else 'third_party' end as signal
    from named
    where is_work or encounter_id in (select encounter_id from injured)
),

bill as (
    select
        e.encounter_id, e.person_id, e.institution_id, e.staff_id, cast(e.admitted_at as date) as begun_on, b.settled_at,
        b.amount, b.fund_amount
    from encounter as e
    join encounter_bill as b on b.encounter_id = e.encounter_id
    where e.encounter_id in (select encounter_id from cause) and b.fund_amount > 0 and b.settled_at <= $as_of
),

-- Somebody has decided who pays this care, or that nobody else does: the law on double payment judges that.
decided as (
    select b.encounter_id
    from bill as b
    join compensation as c on c.encounter_id = b.encounter_id
    union
    select b.encounter_id
    from bill as b
    join compensation as c on c.person_id = b.person_id
    where b.begun_on >= c.care_from and b.begun_on <= coalesce(c.care_to, c.care_from)
)

select
    b.encounter_id as finding_key, b.person_id, b.institution_id, b.encounter_id, b.staff_id, b.settled_at as occurred_at,
    c.signal, cast(null as bigint) as value, 'diagnosis' as ref_table,
    c.encounter_id || '|' || cast(c.sequence as varchar) as ref_id, cast(null as varchar) as kp_id, 0 as amount,
    0 as fund_amount
from bill as b
join cause as c on c.encounter_id = b.encounter_id
where b.encounter_id not in (select encounter_id from decided)
union all
select
    encounter_id as finding_key, person_id, institution_id, encounter_id, staff_id, settled_at as occurred_at,
    'paid_by_fund' as signal, fund_amount as value, 'encounter' as ref_table, encounter_id as ref_id,
    cast(null as varchar) as kp_id, amount, fund_amount
from bill
where encounter_id not in (select encounter_id from decided)
