select n, row, id, fhir_name(r.name) as name, r.gender as sex, r.birthDate as birth, r.deceasedDateTime as died,
  r.telecom[1].value as phone, fhir_address(r.address[1]) as address, r.address[1].state as state,
  r.address[1].postalCode as zip, r.identifier[1].value as identifier
from (select n, row, id, from_json(body, $Patient) as r from resource where type = 'Patient')
