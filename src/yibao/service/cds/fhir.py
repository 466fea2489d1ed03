"""What a reminder service reads of FHIR: drafts from bundles, prefetched resources, those fetched that are missing."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from yibao.service.problems import Problem
from yibao.supervision.draft import Draft, draft_from

#: The code systems in which items of the insurance catalogue are written.
CATALOGUE = ("urn:nhsa:hilist", "urn:oid:2.16.156.10011.2.3.7.1")
#: Resources that order something, with the element that says what.
ORDERS = {
    "ServiceRequest": "code", "MedicationRequest": "medicationCodeableConcept", "DeviceRequest": "codeCodeableConcept",
    "Appointment": "serviceType",
}  # fmt: skip
_TOKEN = re.compile(r"\{\{context\.([A-Za-z]+)\}\}")
_EMERGENCY = "EMER"
Get = Callable[[str, str | None], Any]


def bad(field: str, what: str, zh: str) -> Problem:
    """A call that the specification answers with 400."""
    return Problem(400, "form", what, zh, field=field)


def entries(bundle: Any, field: str) -> list[Mapping[str, Any]]:
    """The resources of a bundle. Raises :class:`Problem` 400."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise bad(field, "expected a Bundle", "应为 Bundle")
    listed = bundle.get("entry", [])
    if not isinstance(listed, list) or len(listed) > 200:
        raise bad(field, "expected at most 200 entries", "entry 应为列表，不超过 200 项")
    found = [entry.get("resource") for entry in listed if isinstance(entry, dict)]
    if len(found) < len(listed) or not all(isinstance(one, dict) for one in found):
        raise bad(field, "every entry holds a resource", "每个 entry 应含 resource")
    return [one for one in found if isinstance(one, dict)]


def reference(resource: Mapping[str, Any]) -> str:
    """``ServiceRequest/sr-1``."""
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def local_id(text: str) -> str:
    """The id in ``Patient/p-01``, ``Practitioner/dr-01`` or ``p-01``."""
    return text.rpartition("/")[2]


def drafted(
    resources: Iterable[Mapping[str, Any]], context: Mapping[str, Any], institution_id: str, now: datetime,
    encounter: Mapping[str, Any] | None,
) -> Draft | None:  # fmt: skip
    """The draft that resources are; orders without a catalogue code are left out, None when none is left.

    ``now`` is when it was ordered: drafts carry no reliable time of their own.
    """
    orders = []
    for resource in resources:
        code = _item(resource)
        if code is not None and resource.get("id"):
            orders.append({"order_id": reference(resource), "item_code": code, "quantity": _quantity(resource)})
    if not orders:
        return None
    doc = {
        "person_id": local_id(context["patientId"]), "institution_id": institution_id,
        "staff_id": local_id(context["userId"]), "encounter_id": local_id(context.get("encounterId") or "") or None,
        "ordered_at": now.replace(microsecond=0).isoformat(sep=" "),
        "encounter_kind": "13" if is_emergency(encounter) else None, "orders": orders,
    }  # fmt: skip
    return draft_from(doc)


def is_emergency(encounter: Mapping[str, Any] | None) -> bool:
    """Whether an Encounter is of class EMER."""
    kind = (encounter or {}).get("class")
    codings = kind if isinstance(kind, list) else [kind]
    return any(isinstance(coding, dict) and coding.get("code") == _EMERGENCY for coding in codings)


def _item(resource: Mapping[str, Any]) -> str | None:
    element = resource.get(ORDERS.get(str(resource.get("resourceType")), "-"))
    concepts = element if isinstance(element, list) else [element]
    for concept in concepts:
        codings = concept.get("coding", []) if isinstance(concept, dict) else []
        for coding in codings if isinstance(codings, list) else []:
            if isinstance(coding, dict) and coding.get("system") in CATALOGUE and isinstance(coding.get("code"), str):
                return str(coding["code"])[:64]
    return None


def _quantity(resource: Mapping[str, Any]) -> Any:
    """How much was ordered; one where nothing is said."""
    supply = resource.get("dispenseRequest")
    said = supply.get("quantity") if isinstance(supply, dict) else resource.get("quantityQuantity")
    value = said.get("value") if isinstance(said, dict) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 1_000_000 else 1


def completed(
    call: Mapping[str, Any], wanted: Mapping[str, str], needed: Iterable[str], server: str | None, get: Get
) -> dict[str, Any]:
    """Prefetched resources, those that are missing fetched from the client's registered FHIR server.

    Raises :class:`Problem` 412 when one that is needed cannot be had.
    """
    given = call.get("prefetch") or {}
    found = {name: given.get(name) for name in wanted}
    authorization = call.get("fhirAuthorization") or {}
    token = authorization.get("access_token") if isinstance(authorization, dict) else None
    for name in needed:
        if found[name] is None and server is not None and call.get("fhirServer") == server:
            query = _TOKEN.sub(lambda m: local_id(str(call["context"].get(m[1], ""))), wanted[name])
            try:
                found[name] = get(f"{server.rstrip('/')}/{query}", token)
            except (OSError, ValueError):
                found[name] = None
        if found[name] is None:
            raise Problem(
                412, "prefetch", f"{name} is missing and cannot be fetched", f"缺少 {name}，且无法获取",
                field=f"prefetch.{name}", mend="send it with the call", mend_zh="请随请求提供",
            )  # fmt: skip
    return found


def get_json(address: str, token: str | None) -> Any:
    """A resource from a FHIR server. Raises :class:`OSError` or :class:`ValueError`."""
    if not address.startswith("https://"):
        raise ValueError("FHIR servers are read over https only")
    request = urllib.request.Request(address, headers={"Accept": "application/fhir+json"})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=1) as response:
        return json.loads(response.read(2_000_000))
