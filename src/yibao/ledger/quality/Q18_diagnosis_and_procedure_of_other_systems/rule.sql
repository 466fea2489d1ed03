-- Organ systems by the letters of the major diagnostic categories (MDC). The official lists are grouping packs that a
-- ledger need not have; chapters stand in for them here, wide where operations serve neighbouring systems (vessels of the
-- brain, access for dialysis, nerves of the spine). What no organ owns is not judged: infections, blood, injuries,
-- symptoms, factors; skin grafts, lymph nodes and all that is not surgery.
with diagnosis_systems as (
  select system, first_code, last_code
  from (
    values
      ('B', 'G00', 'G99'), ('B', 'I60', 'I69'), ('B', 'C70', 'C72'), ('C', 'H00', 'H59'), ('C', 'C69', 'C69'),
      ('D', 'H60', 'H95'), ('D', 'J00', 'J06'), ('D', 'J30', 'J39'), ('D', 'K00', 'K14'), ('D', 'C00', 'C14'),
      ('D', 'C30', 'C32'), ('E', 'J09', 'J22'), ('E', 'J40', 'J99'), ('E', 'C33', 'C39'), ('F', 'I00', 'I59'),
      ('F', 'I70', 'I99'), ('G', 'K20', 'K67'), ('G', 'K90', 'K93'), ('G', 'C15', 'C21'), ('G', 'C26', 'C26'),
      ('G', 'I84', 'I85'), ('H', 'K70', 'K87'), ('H', 'C22', 'C25'), ('I', 'M00', 'M99'), ('I', 'C40', 'C41'),
      ('J', 'L00', 'L99'), ('J', 'C43', 'C44'), ('J', 'C50', 'C50'), ('J', 'N60', 'N64'), ('K', 'E00', 'E07'),
      ('K', 'C73', 'C75'), ('L', 'N00', 'N39'), ('L', 'C64', 'C68'), ('M', 'N40', 'N51'), ('M', 'C60', 'C63'),
      ('N', 'N70', 'N98'), ('N', 'C51', 'C58'), ('O', 'O00', 'O99')
  ) as v(system, first_code, last_code)
),
procedure_systems as (
  select system, first_chapter, last_chapter
  from (
    values
      ('B', '01', '05'), ('B', '38', '39'), ('B', '81', '81'), ('C', '08', '16'), ('D', '18', '31'), ('D', '06', '06'),
      ('D', '76', '76'), ('E', '30', '34'), ('F', '34', '39'), ('F', '05', '05'), ('F', '84', '84'), ('G', '42', '54'),
      ('H', '42', '54'), ('I', '03', '04'), ('I', '76', '84'), ('J', '82', '83'), ('J', '85', '85'), ('J', '18', '18'),
      ('K', '06', '07'), ('L', '38', '39'), ('L', '54', '64'), ('M', '54', '64'), ('N', '54', '59'), ('N', '65', '75'),
      ('O', '54', '54'), ('O', '65', '75')
  ) as v(system, first_chapter, last_chapter)
),
operations as (
  select encounter_id, sequence, person_id, code
  from procedure
  where kind = $surgery_kind and regexp_matches(code, '^[0-9][0-9][.]')
  qualify row_number() over (
    partition by encounter_id order by case when is_main then 0 else 1 end, sequence
  ) = 1
),
mains as (
  select encounter_id, min(code) as code
  from diagnosis
  where is_main and coalesce(kind, '') not in ('2', '3')
  group by encounter_id
  having count(*) = 1
),
pairs as (
  select
    o.encounter_id, o.sequence, o.person_id, o.code, m.code as diagnosis_code,
    count(d.system) as diagnosis_systems, count(p.system) as procedure_systems,
    count(case when d.system = p.system then 1 end) as shared
  from operations o
  join mains m on m.encounter_id = o.encounter_id
  join diagnosis_systems d on substr(upper(m.code), 1, 3) between d.first_code and d.last_code
  join procedure_systems p on substr(o.code, 1, 2) between p.first_chapter and p.last_chapter
  group by o.encounter_id, o.sequence, o.person_id, o.code, m.code
)
select
  cast(e.admitted_at as date) as occurred_on, e.institution_id, p.person_id,
  'procedure' as ref_table, p.encounter_id || '|' || cast(p.sequence as varchar) as ref_id, 'code' as column_name,
  p.code as value, cast(null as bigint) as amount, cast(1 as bigint) as row_count,
  '主要诊断 ' || p.diagnosis_code || '，主要手术 ' || p.code as note_zh,
  'main diagnosis ' || p.diagnosis_code || ', main operation ' || p.code as note_en
from pairs p
join encounter e on e.encounter_id = p.encounter_id
where p.shared = 0 and e.kind in ('21', '22', '23', '24', '52')
union all
select
  cast(settled_at as date), institution_id, person_id, 'settlement', settlement_id, 'drg_code', drg_code,
  cast(null as bigint), cast(1 as bigint), '结算时已分入歧义组 ' || drg_code, 'grouped as ambiguous at settlement: ' || drg_code
from settlement
where reversed_settlement_id is null and regexp_matches(drg_code, $ambiguous_group)
