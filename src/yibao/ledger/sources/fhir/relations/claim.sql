-- One row per claim of the piece; `lines` is what its charges add up to when each of them has an amount.
with opened as (
  select * exclude (insurance, "subType"),
    case when json_type(total) = 'ARRAY' then from_json(total, $totals) end as totals,
    case when json_type(total) = 'OBJECT' then from_json(total, $amount) end as one_total,
    case json_type(insurance)
      when 'ARRAY' then from_json(insurance, $covers)
      when 'OBJECT' then [from_json(insurance, $cover)]
    end as covers,
    case json_type("subType")
      when 'ARRAY' then from_json("subType", $codes)[1]
      when 'OBJECT' then from_json("subType", $code)
    end as subtype,
    list_transform(
      list_concat(supportingInfo, information),
      x -> {'kind': fhir_short(x.category.coding[1].code), 'code': x.code.coding[1].code, 'period': x.timingPeriod,
        'quantity': x.valueQuantity.value}) as info,
    list_transform(
      list_filter(careTeam, c -> coalesce(c.provider.reference, c.provider.identifier.value) is not null),
      c -> {'who': fhir_reference(c.provider, self), 'role': c.role.coding[1].code, 'responsible': c.responsible = 'true'}
    ) as team
  from parsed
),
shown as (
  select *,
    fhir_judged(totals) as j,
    list_filter(info, x -> x.kind = 'admissionperiod')[1].period as admission,
    coalesce(
      list_filter(team, c -> c.responsible)[1],
      list_filter(team, c -> list_contains(['primary', 'performing', 'rendering', 'attending'], c.role))[1],
      team[1]
    ).who as doctor,
    coalesce(list_filter(covers, x -> x.focal = 'true')[1], covers[1]).coverage as cover,
    list_filter(related, x -> coalesce(x.claim.reference, x.claim.identifier.value, x.reference.value) is not null)[1]
      as relation,
    list_filter([one_total, totalCost, payment.amount], m -> m.value is not null) as amounts
  from opened
),
charged as (
  select n, min(served_from) as served_from, max(served_until) as served_until,
    case when count(*) filter (amount is null) = 0 then fhir_sum(list(amount)) end as lines,
    list_distinct(flatten(list(currencies))) as currencies
  from charge where piece = $piece group by n
)
select s.n, s.row, s.resource, s.self as id, s.content, s.meta.lastUpdated as updated, s.status, lower(s.use) as "use",
  case json_type(s.outcome)
    when 'VARCHAR' then s.outcome ->> '$'
    when 'OBJECT' then coalesce(s.outcome ->> '$.coding[0].code', s.outcome ->> '$.text')
  end as outcome,
  list_transform(list_concat(s.type.coding, s.subtype.coding), c -> c.code) as types,
  fhir_reference(s.patient, s.self) as person,
  fhir_reference(s.provider, s.self) as provider, fhir_reference(s.organization, s.self) as organization,
  fhir_reference(s.facility, s.self) as facility, fhir_reference(s.insurer, s.self) as insurer, s.doctor,
  fhir_named(s.claim.reference, s.self) as answers, fhir_reference(s.prescription, s.self) as prescription,
  fhir_reference(s.cover, s.self) as coverage,
  fhir_named(
    list_filter(flatten(list_transform(s.item, i -> i.encounter)), e -> e.reference is not null)[1].reference, s.self
  ) as visit,
  coalesce(fhir_reference(s.relation.claim, s.self), s.relation.reference.value) as related,
  s.relation.relationship.coding[1].code as relationship,
  s.created, s.payment.date as paid_on, s.payment.amount.value as paid,
  s.billablePeriod.start as billed_from, s.billablePeriod.end as billed_until,
  coalesce(s.hospitalization.start, s.admission.start) as stay_from,
  coalesce(s.hospitalization.end, s.admission.end) as stay_until,
  c.served_from, c.served_until,
  coalesce(s.one_total.value, fhir_of(s.j, ['submitted']), s.totalCost.value) as stated, c.lines,
  fhir_of(s.j, fhir_eligible()) as eligible, fhir_of(s.j, fhir_not_covered()) as not_covered,
  fhir_of(s.j, fhir_benefit()) as benefit, fhir_of(s.j, fhir_deductible()) as deductible,
  fhir_of(s.j, fhir_person_share()) as person_share, fhir_of(s.j, ['priorpayerpaid']) as prior_payer,
  fhir_all(s.j) as totals,
  list_filter(s.info, x -> x.kind = 'drg')[1].code as drg,
  list_filter(s.info, x -> x.kind = 'dayssupply')[1].quantity as days_supply,
  list_filter(s.info, x -> x.kind in ('discharge-status', 'ptnt_dschrg_stus_cd'))[1].code as discharge_status,
  list_filter(s.identifier, x -> x.value is not null)[1].value as identifier,
  list_sort(list_distinct(list_concat(
    c.currencies, list_transform(s.amounts, m -> fhir_currency(m)), fhir_currencies(s.totals)))) as currencies
from shown as s left join charged as c on c.n = s.n
