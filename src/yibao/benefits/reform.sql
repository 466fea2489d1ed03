-- Every bill under both policies, with the groups that its person belongs to. Only bills that both could settle count.
select
  b.settlement_id, b.person_id, before_side.year, b.scheme, b.kind, b.place,
  case when b.level = '' then 'unknown' else b.level end as level,
  case
    when b.age < 0 then 'unknown' when b.age < 6 then '0-5' when b.age < 18 then '6-17' when b.age < 45 then '18-44'
    when b.age < 60 then '45-59' when b.age < 75 then '60-74' else '75+'
  end as age_group,
  coalesce(f.income_group, 'unknown') as income_group,
  case when b.person_class = '' then 'unknown' else b.person_class end as person_class,
  b.status, p.household_id, coalesce(u.unit, b.insured_region) as region_code,
  b.total_amount,
  before_side.fund_amount as fund_before, after_side.fund_amount as fund_after,
  before_side.person_amount as person_before, after_side.person_amount as person_after,
  before_side.basic_fund_amount as basic_before, after_side.basic_fund_amount as basic_after
from bill b
join side_before before_side on before_side.settlement_id = b.settlement_id
join side_after after_side on after_side.settlement_id = b.settlement_id
left join person p on p.person_id = b.person_id
left join fifth f on f.person_id = b.person_id
left join unit_of u on u.person_id = b.person_id
