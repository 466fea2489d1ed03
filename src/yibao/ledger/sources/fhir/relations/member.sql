-- The care team of a claim.
select n, row, fhir_reference(member.provider, self) as id, member.role.coding[1].code as role
from (select n, row, self, unnest(careTeam) as member from parsed)
where coalesce(member.provider.reference, member.provider.identifier.value) is not null
