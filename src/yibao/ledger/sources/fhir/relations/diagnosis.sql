with listed as (
  select n, row, self, unnest(diagnosis) as d, unnest(range(1, len(diagnosis) + 1)) as place from parsed
)
select n, row, place, coalesce(try_cast(d.sequence as bigint), place) as sequence,
  fhir_diagnosis(d.diagnosisCodeableConcept) as coding, d.diagnosisCodeableConcept.text as "text",
  fhir_named(d.diagnosisReference.reference, self) as reference,
  nullif(array_to_string(list_transform(d.type, t -> t.coding[1].code), ';'), '') as kinds,
  lower(d.onAdmission.coding[1].code) as on_admission
from listed
