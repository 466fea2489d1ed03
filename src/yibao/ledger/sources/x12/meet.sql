-- What decides over a claim beyond its own segments: its envelope, and the other claims of its provider and number.
-- One statement after the other; `fate` is the outcome.

-- Interchanges and groups, each with what its trailer says and what was found in it.
create or replace table numbered as
select *,
  count(*) filter (name = 'ISA') over w as interchange,
  count(*) filter (name in ('ISA', 'GS')) over w as grp
from envelope
window w as (partition by file order by row);

create or replace table interchange as
select file, interchange,
  any_value(said) filter (name = 'ISA') as usage,
  any_value(control) filter (name = 'ISA') as control,
  count(*) filter (name = 'GS') as found,
  count(*) filter (name = 'IEA') as trailers,
  any_value(control) filter (name = 'IEA') as trailer_control,
  any_value(said) filter (name = 'IEA') as trailer_count
from numbered
group by file, interchange;

create or replace table grp as
select file, grp,
  any_value(said) filter (name = 'GS') as guide,
  any_value(control) filter (name = 'GS') as control,
  count(*) filter (name = 'ST') as found,
  count(*) filter (name = 'GE') as trailers,
  any_value(control) filter (name = 'GE') as trailer_control,
  any_value(said) filter (name = 'GE') as trailer_count
from numbered
group by file, grp;

-- The first thing that is wrong with a transaction set. A set that does not add up lost something: no claim of it counts.
create or replace table set_fault as
select s.file, s.row,
  coalesce(
    'segment ' || s.wrong || ': ' || s.wrong_text,
    'segment ' || s.stray || ': ' || s.stray_text
  ) as segment,
  case
    when s.trailer is null then 'SE -'
    when x12_count(s.trailer_count) is distinct from s.segments
      then 'SE-01 ' || coalesce(s.trailer_count, '-') || ' <> ' || s.segments
    when s.trailer_control is distinct from s.control
      then 'SE-02 ' || coalesce(s.trailer_control, '-') || ' <> ' || coalesce(s.control, '-')
    when g.trailers <> 1 then 'GE -'
    when x12_count(g.trailer_count) is distinct from g.found
      then 'GE-01 ' || coalesce(g.trailer_count, '-') || ' <> ' || g.found
    when g.trailer_control is distinct from g.control
      then 'GE-02 ' || coalesce(g.trailer_control, '-') || ' <> ' || coalesce(g.control, '-')
    when i.trailers <> 1 then 'IEA -'
    when x12_count(i.trailer_count) is distinct from i.found
      then 'IEA-01 ' || coalesce(i.trailer_count, '-') || ' <> ' || i.found
    when i.trailer_control is distinct from i.control
      then 'IEA-02 ' || coalesce(i.trailer_control, '-') || ' <> ' || coalesce(i.control, '-')
  end as envelope,
  case when i.usage = 'T' then 'ISA-15 T' end as test,
  case
    when not regexp_matches(coalesce(s.guide, g.guide, ''), '^005010X22[23]') then coalesce(s.guide, g.guide, '-')
  end as guide,
  coalesce(s.guide, g.guide) as guide_read
from set_ as s
join numbered as n on n.file = s.file and n.row = s.row
join grp as g on g.file = n.file and g.grp = n.grp
join interchange as i on i.file = n.file and i.interchange = n.interchange;

create or replace table judged as
select c.file, c.piece, c.row, c.billing_id || '/' || c.number as base, c.statement, c.currency, f.guide_read,
  coalesce(c.frequency, '1') as frequency,
  case
    when f.segment is not null then {'column': cast(null as varchar), 'code': 'bad_segment', 'value': f.segment}
    when f.envelope is not null then {'column': cast(null as varchar), 'code': 'envelope_count', 'value': f.envelope}
    when f.test is not null then {'column': cast(null as varchar), 'code': 'test_record', 'value': f.test}
    when f.guide is not null then {'column': cast(null as varchar), 'code': 'out_of_scope', 'value': f.guide}
    when coalesce(c.currency, 'USD') <> path_currency()
      then {'column': cast(null as varchar), 'code': 'other_currency', 'value': 'CUR-02 ' || coalesce(c.currency, 'USD')}
  end as fault
from claim as c
join set_fault as f on f.file = c.file and f.row = c.st;

-- A number that stands twice: the same claim sent again comes out as duplicates; another claim is set aside as a whole,
-- or its lines would be taken for lines of the first.
create or replace table again as
with rival as (
  select file, row, base
  from judged
  where fault is null and frequency not in ('2', '3', '4', '5', '6', '7', '8')
  qualify count(*) over (partition by base) > 1
),
said as (
  select r.file, r.row, r.base, hash(*columns(c.* exclude (file, piece, row, st))) as content
  from rival as r join claim as c on c.file = r.file and c.row = r.row
  union all
  select r.file, r.row, r.base, hash(*columns(l.* exclude (file, piece, row, claim)))
  from rival as r join line as l on l.file = r.file and l.claim = r.row
  union all
  select r.file, r.row, r.base, hash(k.qualifier, k.value, k.about, k.on_admission)
  from rival as r join code as k on k.file = r.file and k.claim = r.row
),
whole as (select file, row, base, list_sort(list(content)) as content from said group by file, row, base)
select file, row
from whole
qualify content <> first_value(content) over (partition by base order by file, row);

update judged set fault = {'column': 'encounter_id', 'code': 'key_conflict', 'value': base}
from again
where again.file = judged.file and again.row = judged.row;

-- Bills of one provider under one number, in file order: a replacement (7, 6) takes the place of the last one before it,
-- a void (8) takes it back. What a bill takes back is named by `target`.
create or replace table versions as
select *,
  case
    when frequency not in ('6', '7') then base
    else base || '/7-' || count(*) filter (frequency in ('6', '7')) over w
  end as version
from judged
where fault is null and base is not null and frequency not in ('2', '3', '4', '5', '8')
window w as (partition by base order by file, row);

create or replace table fate as
with targeted as (
  select j.*, v.file as target_file, v.row as target_row, v.version as target
  from (select * from judged where frequency in ('6', '7', '8') and fault is null) as j
  left join versions as v on v.base = j.base and (v.file, v.row) < (j.file, j.row)
  qualify row_number() over (partition by j.file, j.row order by v.file desc, v.row desc) = 1
)
select j.file, j.piece, j.row, j.guide_read,
  case
    when j.frequency in ('2', '3', '4', '5') then j.base || '/' || j.frequency || '-' || coalesce(x12_from(j.statement), '')
    when j.frequency = '8' then coalesce(t.target, j.base) || '/void'
    when j.frequency in ('6', '7') then coalesce(v.version, j.base || '/7')
    else j.base
  end as id,
  case when j.frequency = '8' then coalesce(t.target, j.base) end as reverses,
  case when j.frequency in ('6', '7') then t.target end as replaces,
  coalesce(
    j.fault,
    case
      when j.frequency in ('6', '7') and t.target is null
        then {'column': 'x_replaces', 'code': 'no_original', 'value': j.base}
    end
  ) as fault,
  t.target_file, t.target_row
from judged as j
left join targeted as t on t.file = j.file and t.row = j.row
left join versions as v on v.file = j.file and v.row = j.row;

-- What a replacement takes back stands as a bill of its own, at the place of the replacement: negative, number below 0.
insert into claim
select c.* replace (f.file as file, f.piece as piece, -f.row as row)
from fate as f join claim as c on c.file = f.target_file and c.row = f.target_row
where f.replaces is not null and f.fault is null;

insert into line
select l.* replace (f.file as file, f.piece as piece, -f.row as claim)
from fate as f join line as l on l.file = f.target_file and l.claim = f.target_row
where f.replaces is not null and f.fault is null;

insert into fate
select file, piece, -row, guide_read, replaces || '/void', replaces, null, null, null, null
from fate
where replaces is not null and fault is null;
