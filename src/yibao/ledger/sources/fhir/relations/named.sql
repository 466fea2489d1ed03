-- Conditions and procedures that claims refer to.
select n, row, id, fhir_diagnosis(r.code) as coding, r.code.text as "text", null as done_at
from (select n, row, id, from_json(body, $Condition) as r from resource where type = 'Condition')
union all
select n, row, id, fhir_coding(r.code), r.code.text, coalesce(r.performedDateTime, r.performedPeriod.start)
from (select n, row, id, from_json(body, $Procedure) as r from resource where type = 'Procedure')
