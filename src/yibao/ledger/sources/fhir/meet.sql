-- What decides over a claim beyond its own elements: other versions of it, its answer, its successor, its encounter.
-- One statement after the other; `fate` is the outcome.

-- What a claim says of itself that keeps it out of the ledger: it is no claim in force, or its money is not the ledger's.
create or replace table judged as
select file, piece, n, row, id, resource, content, updated, status, answers, related, relationship, identifier, visit,
  starts_with(coalesce(stated, lines), '-') as negative,
  case
    when status is distinct from 'active'
      then {'column': 'x_status', 'code': 'claim_status', 'value': coalesce(status, '-')}
    when "use" in ('preauthorization', 'predetermination', 'proposed', 'exploratory')
      then {'column': 'x_use', 'code': 'claim_use', 'value': "use"}
    when outcome in ('error', 'queued')
      then {'column': 'x_outcome', 'code': 'claim_outcome', 'value': outcome}
    when list_contains(currencies, '-')
      then {'column': 'total_amount', 'code': 'no_currency', 'value': cast(null as varchar)}
    when len(currencies) > 1
      then {'column': 'total_amount', 'code': 'other_currency', 'value': array_to_string(currencies, ', ')}
    when currencies[1] <> path_currency()
      then {'column': 'total_amount', 'code': 'other_currency', 'value': currencies[1]}
  end as fault
from claim;

-- One resource, several versions: the one updated last counts. The same version again comes out as duplicates.
create or replace table outdated as
select file, piece, n,
  case
    when updated < newest
      then {'column': 'x_updated', 'code': 'superseded', 'value': updated}
    else {'column': 'settlement_id', 'code': 'key_conflict', 'value': id}
  end as fault
from (
  select *, first_value(content) over w as counts, first_value(updated) over w as newest
  from judged
  where id is not null
  window w as (partition by id order by updated desc nulls last, file, row)
  qualify count(*) over (partition by id) > 1
)
where content <> counts;

update judged set fault = o.fault
from outdated as o
where o.file = judged.file and o.piece = judged.piece and o.n = judged.n and judged.fault is null;

-- A claim that an explanation of benefit answers is the same money: the answer counts.
create or replace table answered as
select answers as id, min(id) as answer
from judged
where resource = 'ExplanationOfBenefit' and answers is not null and fault is null
group by answers;

update judged set fault = {'column': 'settlement_id', 'code': 'answered', 'value': a.answer}
from answered as a
where a.id = judged.id and judged.fault is null;

-- A claim that takes the place of another: when that is among these files and in force, it no longer counts.
create or replace table known as
select identifier, min(id) as id from judged where identifier is not null and id is not null group by identifier;

create or replace table relation as
select j.file, j.piece, j.n, j.id, j.negative, coalesce(k.id, j.related) as other,
  not j.negative and j.relationship in ('prior', 'replaces', 'replacement') as replaces
from judged as j left join known as k on k.identifier = j.related and k.id <> j.id
where j.related is not null and j.fault is null;

update judged set fault = {'column': 'settlement_id', 'code': 'superseded', 'value': r.id}
from relation as r
where r.replaces and r.other = judged.id and r.id <> judged.id and judged.fault is null;

-- Claims of one encounter share its diagnoses' numbers: those of a later claim go on after the earlier one's.
create or replace table counted as
select c.file, c.piece, c.n, c.id, v.id as visit,
  coalesce((select max(d.sequence) from diagnosis as d where d.piece = c.piece and d.n = c.n), 0) as diagnoses,
  coalesce((select max(o.sequence) from operation as o where o.piece = c.piece and o.n = c.n), 0) as operations
from judged as c join (select distinct id from visit) as v on v.id = c.visit
where c.fault is null;

create or replace table met as
select file, piece, n, visit,
  coalesce(sum(diagnoses) over w, 0) as diagnoses, coalesce(sum(operations) over w, 0) as operations
from (select *, row_number() over (partition by visit, id order by file, piece, n) as turn from counted)
where turn = 1
window w as (partition by visit order by id rows between unbounded preceding and 1 preceding);

create or replace table role as
select id, min(practitioner) as practitioner, min(organization) as organization from practitioner_role group by id;

create or replace table cover as
select id, min(kind) as kind from coverage group by id;

create or replace table fate as
select c.file, c.piece, c.n, j.fault, coalesce(m.visit, c.id) as visit, m.visit is not null as visited,
  coalesce(m.diagnoses, 0) as diagnoses, coalesce(m.operations, 0) as operations,
  case when r.negative then r.other end as reverses, case when r.replaces then r.other end as replaces,
  o.kind as scheme,
  coalesce(doctor.practitioner, c.doctor, case when starts_with(c.provider, 'Practitioner/') then c.provider end)
    as doctor,
  coalesce(
    c.organization,
    case when starts_with(c.provider, 'PractitionerRole/') then biller.organization
      when not starts_with(c.provider, 'Practitioner/') then c.provider end,
    c.facility, c.provider, c.doctor) as institution
from claim as c
join judged as j on j.file = c.file and j.piece = c.piece and j.n = c.n
left join relation as r on r.file = c.file and r.piece = c.piece and r.n = c.n
left join met as m on m.file = c.file and m.piece = c.piece and m.n = c.n
left join role as doctor on doctor.id = c.doctor
left join role as biller on biller.id = c.provider
left join cover as o on o.id = c.coverage;

create or replace table condition as
select id, any_value(coding) as coding, any_value("text") as "text", any_value(done_at) as done_at from named group by id;

-- What an Encounter that came as a resource gets from the claims for it.
create or replace table visited as
select f.visit as id, min(f.institution) as institution, min(f.scheme) as scheme, min(f.doctor) as doctor,
  arg_min(
    coalesce(d.coding.code, d.text, c.coding.code, c.text),
    case when contains(d.kinds, 'principal') then d.sequence else 1000000 + d.sequence end) as diagnosis
from fate as f
left join diagnosis as d on d.piece = f.piece and d.n = f.n
left join condition as c on c.id = d.reference
where f.visited and f.fault is null
group by f.visit;

create or replace table encountered as
select id, min(class) as class, min(begun) as begun from visit group by id;
