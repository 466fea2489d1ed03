-- Organizations and places of care.
select n, row, id, r.name as name, fhir_code(r.type[1]) as kind, fhir_address(r.address[1]) as address,
  r.address[1].state as state, r.identifier[1].value as identifier
from (select n, row, id, from_json(body, $Organization) as r from resource where type = 'Organization')
union all
select n, row, id, r.name, null, fhir_address(r.address), r.address.state, r.identifier[1].value
from (select n, row, id, from_json(body, $Location) as r from resource where type = 'Location')
