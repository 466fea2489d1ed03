-- The group is the case group at settlement or, without one, the three-character category of the main diagnosis; small
-- groups have no percentile worth the name. A stay of one day counts one day; whole fen per day suffice for a rank.
with bills as (
  select encounter_id, cast(sum(total_amount) as bigint) as amount, max(drg_code) as drg_code
  from settlement
  group by encounter_id
),
stays as (
  select
    e.encounter_id, e.person_id, e.institution_id, e.admitted_at, substr(i.region_code, 1, $region_digits) as region,
    coalesce(b.drg_code, substr(e.main_diagnosis, 1, 3)) as case_group,
    greatest(1, date_diff('day', cast(e.admitted_at as date), cast(e.discharged_at as date))) as days, b.amount
  from bills b
  join encounter e on e.encounter_id = b.encounter_id
  join institution i on i.institution_id = e.institution_id
  where e.kind in ('21', '22', '23', '24', '52') and e.discharged_at is not null and b.amount > 0
),
ranked as (
  select
    encounter_id, person_id, institution_id, admitted_at, region, case_group, days, amount // days as per_day,
    row_number() over (partition by region, case_group order by amount // days, encounter_id) as position,
    count(*) over (partition by region, case_group) as stays
  from stays
  where case_group is not null
),
limits as (
  select region, case_group, per_day as limit_per_day
  from ranked
  where stays >= $fewest_stays and position = (stays * $percentile + 99) // 100
)
select
  cast(r.admitted_at as date) as occurred_on, r.institution_id, r.person_id,
  'encounter' as ref_table, r.encounter_id as ref_id, 'cost_per_day' as column_name,
  cast(r.per_day as varchar) as value, (r.per_day - l.limit_per_day) * r.days as amount
from ranked r
join limits l on l.case_group = r.case_group and l.region is not distinct from r.region
where r.per_day > l.limit_per_day
