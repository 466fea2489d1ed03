-- The bills of a ledger as the kernel takes them, beside what the books say was paid. What a policy asks of a bill is a
-- matter of the day of care: where the person was insured, in which class, with which supplements.
with pool as (
  select r.region_code,
    coalesce(min(r.pool_code), min(case when a.level = 'city' then a.ancestor_code end), r.region_code) as pool_code
  from region r
  left join region_path a on a.region_code = r.region_code
  group by r.region_code
),
visit as (
  select
    s.settlement_id, s.person_id, s.scheme,
    coalesce(cast(e.admitted_at as date), cast(s.settled_at as date)) as day,
    coalesce(cast(e.discharged_at as date), cast(s.settled_at as date)) as ended,
    e.main_diagnosis, e.out_of_region, r.crossing, r.filing_kind, i.level,
    coalesce(r.pool_code, r.insured_region, s.insured_region) as insured_region,
    coalesce(care.pool_code, i.region_code) as care_region
  from settlement s
  left join encounter e on e.encounter_id = s.encounter_id
  left join encounter_region r on r.encounter_id = s.encounter_id
  left join institution i on i.institution_id = s.institution_id
  left join pool care on care.region_code = i.region_code
),
class as (
  select v.settlement_id, n.person_class
  from visit v
  join enrolment n
    on n.person_id = v.person_id and n.begin_date <= v.day and (n.end_date is null or n.end_date >= v.day)
  qualify row_number() over (
    partition by v.settlement_id
    order by case when n.scheme = v.scheme then 0 else 1 end, n.begin_date desc, n.enrolment_id
  ) = 1
),
-- A register of supplements is seldom in the ledger: who was ever paid one by the books counts as covered.
paid_before as (
  select
    person_id, bool_or(civil_servant_amount <> 0) as civil_servant, bool_or(enterprise_amount <> 0) as enterprise,
    bool_or(other_fund_amount <> 0) as commercial
  from settlement
  group by person_id
),
civil as (
  select distinct v.settlement_id
  from visit v
  join enrolment n
    on n.person_id = v.person_id and n.scheme = '320' and n.begin_date <= v.day
    and (n.end_date is null or n.end_date >= v.day)
),
disease as (
  select v.settlement_id, c.disease_code
  from visit v
  join chronic_certificate c
    on c.person_id = v.person_id and c.begin_date <= v.day and (c.end_date is null or c.end_date >= v.day)
  qualify row_number() over (
    partition by v.settlement_id
    order by case when c.disease_code = v.main_diagnosis then 0 else 1 end, c.begin_date desc, c.certificate_id
  ) = 1
),
money as (
  select person_id, moved_at, 0 as turn, amount, null as settlement_id
  from account
  where kind in ('opening', 'credit', 'interest', 'transfer_in', 'transfer_out')
  union all
  select person_id, settled_at as moved_at, 1 as turn, 0 as amount, settlement_id from settlement
),
running as (
  select
    settlement_id, person_id, moved_at,
    sum(amount) over (partition by person_id order by moved_at, turn, settlement_id rows unbounded preceding) as total
  from money
),
credit as (
  select
    settlement_id,
    total - coalesce(lag(total) over (partition by person_id order by moved_at, settlement_id), 0) as account_credit
  from running
  where settlement_id is not null
)
select
  s.settlement_id, s.encounter_id, s.person_id, s.institution_id, s.scheme, v.insured_region, v.care_region,
  coalesce(v.crossing, case when v.out_of_region then 'same_province' end) as crossing,
  s.settled_at as ordered_at, s.settled_at, s.kind, coalesce(v.level, '') as level,
  case c.person_class
    when '11' then 'in_service' when '12' then 'retired' when '13' then 'retired_cadre' when '14' then 'minor'
    when '15' then 'adult' when '16' then 'elderly' else ''
  end as person_class,
  case
    when p.birth_date is null then -1
    else year(v.day) - year(p.birth_date)
      - case when month(v.day) * 100 + day(v.day) < month(p.birth_date) * 100 + day(p.birth_date) then 1 else 0 end
  end as age,
  case
    when v.crossing in ('same_county', 'same_pool') or (v.crossing is null and not coalesce(v.out_of_region, false))
      then 'local'
    when v.filing_kind in ('long_term', 'referral', 'emergency') then v.filing_kind
    when s.kind = '23' then 'referral'
    when s.kind in ('13', '24') then 'emergency'
    else 'unfiled'
  end as place,
  case
    when v.crossing = 'cross_province' then 'out_of_province'
    when v.crossing = 'same_province' or v.crossing is null and v.out_of_region then 'in_province'
    else 'local'
  end as area,
  case when s.kind = '14' then coalesce(d.disease_code, v.main_diagnosis, '') else '' end as disease,
  trim(
    case when l.settlement_id is not null or b.civil_servant then 'civil_servant ' else '' end
    || case when b.enterprise then 'enterprise ' else '' end
    || case when b.commercial then 'commercial ' else '' end
    || case when s.account_only then 'account_only' else '' end
  ) as covers,
  s.total_amount, s.not_covered_amount, s.over_limit_amount, s.first_share_amount, s.eligible_amount,
  coalesce(s.hospital_amount, 0) as hospital_amount, cast(coalesce(k.account_credit, 0) as bigint) as account_credit,
  s.reversed_settlement_id as reverses, v.ended as care_ended, v.day as care_began,
  coalesce(s.deductible_amount, 0) as booked_deductible, coalesce(s.basic_fund_amount, 0) as booked_basic,
  coalesce(s.civil_servant_amount, 0) as booked_civil_servant, coalesce(s.enterprise_amount, 0) as booked_enterprise,
  coalesce(s.large_amount_amount, 0) as booked_large_amount,
  coalesce(s.critical_illness_amount, 0) as booked_critical_illness,
  coalesce(s.assistance_amount, 0) as booked_assistance, coalesce(s.other_fund_amount, 0) as booked_other,
  coalesce(s.fund_amount, 0) as booked_fund
from settlement s
join visit v on v.settlement_id = s.settlement_id
left join class c on c.settlement_id = s.settlement_id
left join civil l on l.settlement_id = s.settlement_id
left join paid_before b on b.person_id = s.person_id
left join disease d on d.settlement_id = s.settlement_id
left join credit k on k.settlement_id = s.settlement_id
left join person p on p.person_id = s.person_id
