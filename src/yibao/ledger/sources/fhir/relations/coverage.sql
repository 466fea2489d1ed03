select n, row, id, r.status as status, fhir_code(r.type) as kind,
  fhir_reference(r.beneficiary, owner) as person,
  fhir_reference(r.payor[1], owner) as payer, r.period.start as begun, r.period.end as ended, r.subscriberId as subscriber
from (
  select n, row, id, split_part(id, '#', 1) as owner, from_json(body, $Coverage) as r
  from resource where type = 'Coverage'
)
