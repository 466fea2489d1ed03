select n, row, id, fhir_reference(r.practitioner, id) as practitioner, fhir_reference(r.organization, id) as organization,
  fhir_code(r.specialty[1]) as specialty
from (select n, row, id, from_json(body, $PractitionerRole) as r from resource where type = 'PractitionerRole')
