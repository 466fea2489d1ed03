-- What was charged: items, or their details when each of these has an amount. `mark` is the item's place in the claim.
with items as (
  select n, row, i, cast(coalesce(i.sequence, cast(place as varchar)) as varchar) as mark
  from (select n, row, unnest(item) as i, unnest(range(1, len(item) + 1)) as place from parsed)
  union all
  select n, row, i, 'add' || place
  from (select n, row, unnest(addItem) as i, unnest(range(1, len(addItem) + 1)) as place from parsed)
),
grouped as (select *, fhir_is_group(i.detail) as is_group from items),
details as (
  select n, row, i, mark || '.' || coalesce(d.sequence, cast(place as varchar)) as mark, d
  from (
    select n, row, i, mark, unnest(i.detail) as d, unnest(range(1, len(i.detail) + 1)) as place
    from grouped where is_group)
),
grouped_details as (select *, fhir_is_group(d.subDetail) as is_group from details),
leaves as (
  select n, row, mark, i, i.sequence as sequence, i.revenue as revenue, i.productOrService as product,
    i.service as service, i.modifier as modifier, i.quantity as quantity, i.unitPrice as price, i.net as net,
    i.adjudication as adjudication, len(i.detail) as details
  from grouped where not is_group
  union all
  select n, row, mark, i, d.sequence, d.revenue, d.productOrService, d.service, d.modifier, d.quantity, d.unitPrice,
    d.net, d.adjudication, len(d.subDetail)
  from grouped_details where not is_group
  union all
  select n, row, mark || '.' || coalesce(s.sequence, cast(place as varchar)), i, s.sequence, s.revenue,
    s.productOrService, s.service, s.modifier, s.quantity, s.unitPrice, s.net, s.adjudication, 0
  from (
    select n, row, i, mark, unnest(d.subDetail) as s, unnest(range(1, len(d.subDetail) + 1)) as place
    from grouped_details where is_group)
),
judged as (
  select *, fhir_judged(adjudication) as j, fhir_coding(coalesce(product, service)) as coding,
    fhir_coding(revenue) as revenue_coding
  from leaves
)
select n, row, mark,
  coalesce(coding.code, product.text, service.text, revenue_coding.code, revenue.text) as item_code,
  case when coalesce(coding.code, product.text, service.text) is null then revenue_coding.system else coding.system
  end as item_system,
  coalesce(coding.display, product.text, service.text, revenue_coding.display, revenue.text) as item_name,
  nullif(array_to_string(list_transform(
    list_filter(coalesce(product, service).coding, c -> c.code is not null and c <> coding),
    c -> coalesce(c.system, '') || '|' || c.code), ';'), '') as other_codes,
  coalesce(revenue_coding.code, revenue.text) as revenue_code,
  nullif(array_to_string(list_transform(modifier, m -> m.coding[1].code), ';'), '') as modifiers,
  i.category.coding[1].code as category,
  quantity.value as quantity, quantity.unit as unit, price.value as price, net.value as net,
  coalesce(net.value, fhir_of(j, fhir_submitted())) as amount,
  fhir_of(j, fhir_eligible()) as eligible, fhir_of(j, fhir_not_covered()) as not_covered,
  fhir_of(j, fhir_benefit()) as benefit, fhir_of(j, fhir_deductible()) as deductible, fhir_all(j) as adjudication,
  coalesce(i.servicedDate, i.servicedPeriod.start) as served_from,
  coalesce(i.servicedPeriod.end, i.servicedDate) as served_until,
  i.locationCodeableConcept.coding[1].code as place,
  nullif(array_to_string(coalesce(i.diagnosisSequence, i.diagnosisLinkId), ';'), '') as diagnoses,
  details,
  list_filter(quantity.extension, e -> fhir_short(e.url) = 'days_suply_num')[1].valueQuantity.value as days_supply,
  list_concat(
    list_transform(list_filter([net, price], m -> m.value is not null), m -> fhir_currency(m)),
    fhir_currencies(adjudication)) as currencies
from judged
