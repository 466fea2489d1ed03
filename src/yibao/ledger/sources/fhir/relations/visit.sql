-- Encounters that are resources of their own.
select n, row, id, r.status as status, r.class.code as class, fhir_reference(r.subject, owner) as person,
  r.period.start as begun, r.period.end as ended, fhir_reference(r.serviceProvider, owner) as institution,
  fhir_reference((list_filter(r.participant, p -> p.individual is not null)[1]).individual, owner) as doctor,
  fhir_code(r.hospitalization.dischargeDisposition) as disposition
from (
  select n, row, id, split_part(id, '#', 1) as owner, from_json(body, $Encounter) as r
  from resource where type = 'Encounter'
)
