-- P10 · A prescription holds more days than its kind of care allows: emergency, acute illness, lasting illness, a
-- long-term prescription, or what a patient takes home at discharge. Needs no knowledge point; the days are the line's
-- own. One finding per prescription (else encounter and day) and item.
with prescribed as (
    select
        l.line_id, l.person_id, l.institution_id, l.encounter_id, l.staff_id, l.order_id, l.prescription_id,
        l.item_code, l.charged_at, l.days_supply, l.quantity, l.amount, l.fund_amount, e.kind,
        e.kind not in ('11', '13', '14') as is_taken_home,
        coalesce(l.prescription_id, l.encounter_id || '|' || cast(cast(l.charged_at as date) as varchar))
        || '|' || l.item_code as finding_key
    from charge_line as l
    join encounter as e on e.encounter_id = l.encounter_id
    where l.reversed_line_id is null
        and coalesce(l.list_type, '101') in ('101', '102', '103')
        -- nothing shorter than the shortest cap can be too long
        and l.days_supply > least(
            $emergency_days, $acute_days, $lasting_days, $long_days, $home_acute_days, $home_lasting_days,
            $home_special_days
        )
        and (
            e.kind in ('11', '13', '14')
            -- days of supply on the day of discharge are those taken home
            or (
                e.kind in ('21', '22', '23', '24', '52')
                and cast(l.charged_at as date) = cast(e.discharged_at as date)
            )
        )
),

-- An illness that is over in days is told by the main diagnosis; whoever also has a lasting one is treated for that.
illness as (
    select
        d.encounter_id,
        bool_or(d.is_main and regexp_matches(d.code, $acute_diagnoses)) as is_acute,
        bool_or(not regexp_matches(d.code, $acute_diagnoses)) as has_other
    from diagnosis as d
    where d.encounter_id in (select encounter_id from prescribed)
    group by d.encounter_id
),

-- A special disease with a benefit of its own at the time.
special as (
    select distinct p.line_id
    from prescribed as p
    join chronic_certificate as c
        on c.person_id = p.person_id
        and cast(p.charged_at as date) >= c.begin_date
        and cast(p.charged_at as date) <= coalesce(c.end_date, date '9999-12-31')
    where p.is_taken_home
),

-- Whether a prescription is a long-term one; where nobody says, the longest is allowed.
marked as (
    select prescription_id, bool_or(is_long_prescription) as is_long
    from prescription
    where prescription_id in (select prescription_id from prescribed) and is_long_prescription is not null
    group by prescription_id
),

capped as (
    select
        p.*,
        case
            when p.is_taken_home and s.line_id is not null then $home_special_days
            when p.is_taken_home and i.is_acute and not i.has_other then $home_acute_days
            when p.is_taken_home then $home_lasting_days
            when p.kind = '13' then $emergency_days
            when p.kind = '11' and i.is_acute and not i.has_other then $acute_days
            when not m.is_long then $lasting_days
            else $long_days
        end as cap_days
    from prescribed as p
    left join illness as i on i.encounter_id = p.encounter_id
    left join special as s on s.line_id = p.line_id
    left join marked as m on m.prescription_id = p.prescription_id
),

-- The smallest pack cannot be divided.
pack as (
    select item_code, max(pack_factor) * 1000 as pieces from catalogue_item where pack_factor is not null group by item_code
),

finding as (
    select
        c.finding_key, c.line_id, c.person_id, c.institution_id, c.encounter_id, c.staff_id, c.charged_at,
        c.days_supply, c.cap_days,
        c.amount + coalesce(r.amount, 0) as amount,
        coalesce(c.fund_amount, 0) + coalesce(r.fund_amount, 0) as fund_amount,
        max(c.charged_at) over (partition by c.finding_key) as last_at,
        row_number() over (partition by c.finding_key order by c.days_supply desc, c.line_id) as place
    from capped as c
    left join charge_reversal as r on r.line_id = c.line_id
    left join medical_order as m on m.order_id = c.order_id
    left join pack as p on p.item_code = c.item_code
    where c.days_supply > c.cap_days
        and not coalesce(c.quantity <= p.pieces, false)
        and c.quantity + coalesce(r.quantity, 0) > 0
        and m.override_reason is null
)

select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'prescribed' as signal,
    days_supply as value, 'charge_line' as ref_table, line_id as ref_id, cast(null as varchar) as kp_id,
    round_half_up(amount * (days_supply - cap_days), days_supply) as amount,
    round_half_up(fund_amount * (days_supply - cap_days), days_supply) as fund_amount
from finding
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'days' as signal,
    days_supply as value, 'encounter' as ref_table, encounter_id as ref_id, cast(null as varchar) as kp_id,
    0 as amount, 0 as fund_amount
from finding
where place = 1
union all
select
    finding_key, person_id, institution_id, encounter_id, staff_id, last_at as occurred_at, 'cap_days' as signal,
    cap_days as value, 'encounter' as ref_table, encounter_id as ref_id, cast(null as varchar) as kp_id,
    0 as amount, 0 as fund_amount
from finding
where place = 1
