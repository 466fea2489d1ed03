-- How texts of X12 are read. What a text cannot be read as stays as it stands: the ingest quarantines it, with its value.

create or replace macro x12_count(t) as case when regexp_full_match(t, '[0-9]{1,15}') then cast(t as bigint) end;

-- Decimals leave out what says nothing: .5 is 0.5 and 5. is 5.
create or replace macro x12_number(t) as
  case when t is null then null
    else regexp_replace(regexp_replace(regexp_replace(t, '^(-?)\.([0-9])', '\10.\2'), '([0-9])\.$', '\1'), '^-(0+(\.0+)?)$', '\1')
  end;

create or replace macro x12_signed(t, negative) as
  case
    when not negative then x12_number(t)
    when starts_with(t, '-') then x12_number(substr(t, 2))
    else x12_number('-' || t)
  end;

create or replace macro x12_from(t) as split_part(t, '-', 1);
create or replace macro x12_until(t) as split_part(t, '-', -1);

create or replace macro x12_day(t) as
  case when regexp_full_match(t, '[0-9]{8}([0-9]{4})?') then substr(t, 1, 4) || '-' || substr(t, 5, 2) || '-' || substr(t, 7, 2)
    else t end;

create or replace macro x12_clock(t) as
  case
    when regexp_full_match(t, '[0-9]{4}') then substr(t, 1, 2) || ':' || substr(t, 3, 2) || ':00'
    when regexp_full_match(t, '[0-9]{6,8}') then substr(t, 1, 2) || ':' || substr(t, 3, 2) || ':' || substr(t, 5, 2)
  end;

create or replace macro x12_time(t) as
  x12_day(t) || ' ' || case when length(t) = 12 then x12_clock(substr(t, 9)) else '00:00:00' end;

create or replace macro x12_sent(day, clock) as x12_day(day) || ' ' || coalesce(x12_clock(clock), '00:00:00');

create or replace macro x12_discharge(statement, hour) as
  case
    when contains(statement, '-') then x12_day(x12_until(statement)) || ' ' || coalesce(x12_clock(hour), '00:00:00')
  end;

-- Patient status codes of the institutional bill; 30 is still a patient.
create or replace macro x12_discharge_way(t) as
  case
    when t is null or t = '30' then null
    when t in ('01', '1', '06', '08', '50') then '1'
    when t in ('02', '2', '05', '43', '61', '62', '63', '64', '65', '66') then '2'
    when t in ('03', '3', '04') then '3'
    when t = '07' then '4'
    when t in ('20', '40', '41', '42') then '5'
    else '9'
  end;

create or replace macro x12_diagnosis(t) as
  coalesce(t, '') in ('ABK', 'BK', 'ABF', 'BF', 'ABJ', 'BJ', 'APR', 'PR', 'ABN', 'BN');
create or replace macro x12_procedure(t) as coalesce(t, '') in ('BBR', 'BR', 'BBQ', 'BQ');

-- Type of bill (institutional) or place of service (professional) -> kind of care.
create or replace macro x12_care(kind, place) as
  case
    when kind = 'A' and place in ('11', '12', '18', '21', '22', '28', '41', '65', '66', '86') then '21'
    when kind = 'A' then '11'
    when place = '23' then '13'
    when place = '01' then '41'
    when place in ('21', '31', '51', '61') then '99'
    else '11'
  end;

-- A patient who is not the subscriber has no number of his own: the subscriber's, his first name and birth make one.
create or replace macro x12_person(c) as
  case
    when c.has_patient
      then c.subscriber_id || '/' || coalesce(upper(c.patient_first), '') || '/' || coalesce(c.patient_birth, '')
    else c.subscriber_id
  end;
