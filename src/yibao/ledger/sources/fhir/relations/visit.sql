-- Encounters that are resources of their own.
select n, row, id, r.status as status, r.class.code as class, fhir_reference(r.subject, id) as person,
  r.period.start as begun, r.period.end as ended, fhir_reference(r.serviceProvider, id) as institution,
  fhir_reference((list_filter(r.participant, p -> p.individual is not null)[1]).individual, id) as doctor,
  fhir_code(r.hospitalization.dischargeDisposition) as disposition
from (select n, row, id, from_json(body, $Encounter) as r from resource where type = 'Encounter')
