-- Where a person is insured is a matter of the day: the enrolment in force comes first, the one of the encounter's
-- scheme before others. The bill and the person's record speak for people whose enrolment is kept elsewhere.
with cover as (
  select e.encounter_id, n.region_code
  from encounter e
  join enrolment n
    on n.person_id = e.person_id
    and n.begin_date <= cast(e.admitted_at as date)
    and (n.end_date is null or n.end_date >= cast(e.admitted_at as date))
  where n.region_code is not null
  qualify row_number() over (
    partition by e.encounter_id
    order by case when n.scheme = e.scheme then 0 else 1 end, n.begin_date desc, n.enrolment_id
  ) = 1
),
bill as (
  select encounter_id, min(insured_region) as region_code
  from settlement
  where insured_region is not null
  group by encounter_id
),
visit as (
  select
    e.encounter_id, e.person_id, e.institution_id, cast(e.admitted_at as date) as admitted_on, e.out_of_region,
    coalesce(c.region_code, b.region_code, p.region_code) as insured_region,
    case
      when c.region_code is not null then 'enrolment'
      when b.region_code is not null then 'settlement'
      when p.region_code is not null then 'residence'
    end as insured_by,
    i.region_code as care_region
  from encounter e
  left join cover c on c.encounter_id = e.encounter_id
  left join bill b on b.encounter_id = e.encounter_id
  left join person p on p.person_id = e.person_id
  left join institution i on i.institution_id = e.institution_id
),
place as (
  select
    r.region_code, min(r.level) as level,
    coalesce(min(r.pool_code), min(case when a.level = 'city' then a.ancestor_code end), r.region_code) as pool_code,
    min(case when a.level = 'province' then a.ancestor_code end) as province_code
  from region r
  left join region_path a on a.region_code = r.region_code
  group by r.region_code
),
filing as (
  select v.encounter_id, f.filing_id, f.kind
  from visit v
  join referral_filing f
    on f.person_id = v.person_id
    and f.begin_date <= v.admitted_on
    and (f.end_date is null or f.end_date >= v.admitted_on)
  left join region_path a on a.region_code = v.care_region and a.ancestor_code = f.to_region
  where f.institution_id = v.institution_id
    or (f.institution_id is null and (f.to_region is null or a.region_code is not null))
  qualify row_number() over (partition by v.encounter_id order by f.begin_date desc, f.filing_id) = 1
)
select
  v.encounter_id, v.person_id, v.institution_id, v.admitted_on, v.insured_region, v.insured_by, home.pool_code,
  v.care_region,
  case
    when home.level = 'county' and home.region_code = care.region_code then 'same_county'
    when home.pool_code = care.pool_code then 'same_pool'
    when home.province_code = care.province_code then 'same_province'
    when home.province_code <> care.province_code then 'cross_province'
  end as crossing,
  v.out_of_region, f.filing_id, f.kind as filing_kind
from visit v
left join place home on home.region_code = v.insured_region
left join place care on care.region_code = v.care_region
left join filing f on f.encounter_id = v.encounter_id
