-- Every digit is read by its position in a string of digits, never by a cast: a malformed number gives a wrong figure
-- that the format test catches, and cannot stop the run. Old numbers of 15 digits have neither century nor check
-- character; they are judged after the standard's conversion. The value shown is the fault, not the number.
with numbers as (
  select person_id, sex, birth_date, region_code, upper(trim(id_number)) as id
  from person
  where regexp_matches(id_type, $id_types)
    or (id_type is null and regexp_matches(upper(trim(id_number)), '^[0-9]{17}[0-9X]$'))
),
bodies as (
  select
    person_id, sex, birth_date, region_code, id,
    regexp_matches(id, '^([0-9]{17}[0-9X]|[0-9]{15})$') as well_formed,
    case when length(id) = 15 then substr(id, 1, 6) || '19' || substr(id, 7, 9) else substr(id, 1, 17) end as body
  from numbers
  where id is not null
),
digits as (
  select
    person_id, sex, birth_date, region_code, id, well_formed, body,
    strpos('0123456789', substr(body, 1, 1)) - 1 as d1,
    strpos('0123456789', substr(body, 2, 1)) - 1 as d2,
    strpos('0123456789', substr(body, 3, 1)) - 1 as d3,
    strpos('0123456789', substr(body, 4, 1)) - 1 as d4,
    strpos('0123456789', substr(body, 5, 1)) - 1 as d5,
    strpos('0123456789', substr(body, 6, 1)) - 1 as d6,
    strpos('0123456789', substr(body, 7, 1)) - 1 as d7,
    strpos('0123456789', substr(body, 8, 1)) - 1 as d8,
    strpos('0123456789', substr(body, 9, 1)) - 1 as d9,
    strpos('0123456789', substr(body, 10, 1)) - 1 as d10,
    strpos('0123456789', substr(body, 11, 1)) - 1 as d11,
    strpos('0123456789', substr(body, 12, 1)) - 1 as d12,
    strpos('0123456789', substr(body, 13, 1)) - 1 as d13,
    strpos('0123456789', substr(body, 14, 1)) - 1 as d14,
    strpos('0123456789', substr(body, 15, 1)) - 1 as d15,
    strpos('0123456789', substr(body, 16, 1)) - 1 as d16,
    strpos('0123456789', substr(body, 17, 1)) - 1 as d17
  from bodies
),
parts as (
  select
    person_id, sex, birth_date, region_code, id, well_formed, body,
    d7 * 1000 + d8 * 100 + d9 * 10 + d10 as birth_year, d11 * 10 + d12 as birth_month, d13 * 10 + d14 as birth_day,
    case when d17 % 2 = 1 then '1' else '2' end as sex_said,
    (
      d1 * 7 + d2 * 9 + d3 * 10 + d4 * 5 + d5 * 8 + d6 * 4 + d7 * 2 + d8 * 1 + d9 * 6
      + d10 * 3 + d11 * 7 + d12 * 9 + d13 * 10 + d14 * 5 + d15 * 8 + d16 * 4 + d17 * 2
    ) % 11 as remainder
  from digits
),
months as (
  select
    person_id, sex, birth_date, region_code, id, well_formed, body, sex_said, remainder, birth_month, birth_day,
    birth_year * 10000 + birth_month * 100 + birth_day as born,
    case
      when birth_month in (4, 6, 9, 11) then 30
      when birth_month <> 2 then 31
      when birth_year % 4 = 0 and (birth_year % 100 <> 0 or birth_year % 400 = 0) then 29
      else 28
    end as last_day
  from parts
),
judged as (
  select
    person_id, sex, birth_date, sex_said, born,
    case
      when not well_formed then 'format'
      when not regexp_matches(body, $regions)
        and not (body like '99%' and ($allow_synthetic_region or coalesce(region_code, '') like '99%')) then 'region'
      when birth_month not between 1 and 12 or birth_day not between 1 and last_day
        or born > year($as_of) * 10000 + month($as_of) * 100 + day($as_of) then 'date'
      when length(id) = 18 and substr('10X98765432', remainder + 1, 1) <> substr(id, 18, 1) then 'check_digit'
    end as fault
  from months
)
select
  cast(null as date) as occurred_on, cast(null as varchar) as institution_id, person_id,
  'person' as ref_table, person_id as ref_id, 'id_number' as column_name, fault as value, cast(null as bigint) as amount,
  cast(1 as bigint) as row_count,
  case fault
    when 'format' then '不是 18 位（或旧 15 位）号码'
    when 'region' then '地区码不存在'
    when 'date' then '出生日期不存在或晚于今天'
    else '校验码与前 17 位不符'
  end as note_zh,
  case fault
    when 'format' then 'not a number of 18 (formerly 15) characters'
    when 'region' then 'no such region'
    when 'date' then 'no such birth date, or one after today'
    else 'the check character does not go with the other 17'
  end as note_en
from judged
where fault is not null
union all
select
  cast(null as date), cast(null as varchar), person_id, 'person', person_id, 'birth_date', cast(birth_date as varchar),
  cast(null as bigint), cast(1 as bigint), '与号码中的出生日期不符', 'not the birth date in the number'
from judged
where fault is null and born <> year(birth_date) * 10000 + month(birth_date) * 100 + day(birth_date)
union all
select
  cast(null as date), cast(null as varchar), person_id, 'person', person_id, 'sex', sex,
  cast(null as bigint), cast(1 as bigint), '与号码中的性别不符', 'not the sex in the number'
from judged
where fault is null and sex in ('1', '2') and sex <> sex_said
