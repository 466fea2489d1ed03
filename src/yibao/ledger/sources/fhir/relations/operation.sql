-- Procedures of a claim.
with listed as (
  select n, row, self, unnest(procedure) as p, unnest(range(1, len(procedure) + 1)) as place from parsed
)
select n, row, place, coalesce(try_cast(p.sequence as bigint), place) as sequence, p.date as done_at,
  fhir_coding(p.procedureCodeableConcept) as coding, p.procedureCodeableConcept.text as "text",
  fhir_named(p.procedureReference.reference, self) as reference
from listed
