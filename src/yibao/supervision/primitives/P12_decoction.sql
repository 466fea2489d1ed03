-- P12 · Decoction pieces that the fund does not pay: some never, some only when a prescription holds nothing else.
-- Serves every knowledge point of the classes in $rule_classes by `combination`. One finding per prescription (where no
-- prescription is recorded: per encounter and day).
with point as (
    select kp_id, item_code, combination, valid_from, valid_to
    from knowledge_point
    where primitive = 'P12'
        and status = 'compiled'
        and combination in ('single', 'any')
        and strpos('|' || $rule_classes || '|', '|' || rule_class || '|') > 0
),

-- What the patient pays alone is no claim.
piece as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.charged_at,
        coalesce(l.prescription_id, l.encounter_id || '|' || cast(cast(l.charged_at as date) as varchar)) as recipe,
        l.amount + coalesce(r.amount, 0) as amount,
        coalesce(l.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        coalesce(l.not_covered_amount < l.amount, true) as is_claimed,
        p.kp_id, p.combination
    from charge_line as l
    left join point as p
        on p.item_code = l.item_code
        and cast(l.charged_at as date) >= coalesce(p.valid_from, date '1900-01-01')
        and cast(l.charged_at as date) < coalesce(p.valid_to, date '9999-12-31')
    left join charge_reversal as r on r.line_id = l.line_id
    where l.list_type = '102'
        and l.reversed_line_id is null
        and l.quantity + coalesce(r.quantity, 0) > 0
    -- a piece that is never paid is not asked whether it stands alone
    qualify row_number() over (
        partition by l.line_id order by case p.combination when 'any' then 0 when 'single' then 1 else 2 end, p.kp_id
    ) = 1
),

recipe as (
    select
        recipe, max(charged_at) as last_at,
        count(*) as pieces, count(kp_id) as bound_pieces,
        bool_or(coalesce(combination = 'any', false)) as has_unpaid
    from piece
    group by recipe
),

finding as (
    select
        p.*, r.last_at, r.pieces,
        case when p.combination = 'any' then 'never_paid' else 'nothing_else' end as signal
    from piece as p
    join recipe as r on r.recipe = p.recipe
    where p.kp_id is not null
        and p.is_claimed
        and (p.combination = 'any' or r.bound_pieces = r.pieces)
)

select
    recipe as finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, signal,
    pieces as value, 'charge_line' as ref_table, line_id as ref_id, kp_id, amount, fund_amount
from finding
