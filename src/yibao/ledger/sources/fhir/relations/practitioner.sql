select n, row, id, fhir_name(r.name) as name, fhir_code(r.qualification[1].code) as qualification,
  r.identifier[1].value as identifier
from (select n, row, id, from_json(body, $Practitioner) as r from resource where type = 'Practitioner')
