select n, row, id, fhir_reference(r.practitioner, owner) as practitioner, fhir_reference(r.organization, owner) as organization,
  fhir_code(r.specialty[1]) as specialty
from (
  select n, row, id, split_part(id, '#', 1) as owner, from_json(body, $PractitionerRole) as r
  from resource where type = 'PractitionerRole'
)
