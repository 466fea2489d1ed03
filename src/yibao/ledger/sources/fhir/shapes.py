"""What is read of each resource: the shape of its JSON, R4 and STU3 side by side.

A shape is a JSON structure as the engine takes it: objects, lists of one element, and texts. Leaves are texts whatever
they are in the file, so that an amount keeps its digits. ``JSON`` leaves are fields whose shape differs from one
resource to the other; they are looked into later.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

Shape = Any

TEXT, JSON = "VARCHAR", "JSON"
CODING = {"system": TEXT, "code": TEXT, "display": TEXT}
CONCEPT = {"coding": [CODING], "text": TEXT}
CODE = {"coding": [{"code": TEXT}]}  # where only the code is read: there are many of these
MONEY = {"value": TEXT, "currency": TEXT, "code": TEXT}
IDENTIFIER = {"system": TEXT, "value": TEXT}
REFERENCE = {"reference": TEXT, "identifier": IDENTIFIER, "display": TEXT}
PERIOD = {"start": TEXT, "end": TEXT}
QUANTITY = {"value": TEXT, "unit": TEXT, "extension": [{"url": TEXT, "valueQuantity": {"value": TEXT}}]}
ADDRESS = {"line": [TEXT], "city": TEXT, "state": TEXT, "postalCode": TEXT, "text": TEXT}
NAME = {"text": TEXT, "family": TEXT, "given": [TEXT]}

_ADJUDICATION = [{"category": CODE, "amount": MONEY}]
_CHARGE = {
    "sequence": TEXT,
    "revenue": CONCEPT,
    "category": CODE,
    "productOrService": CONCEPT,
    "service": CONCEPT,  # STU3
    "modifier": [CODE],
    "quantity": QUANTITY,
    "unitPrice": MONEY,
    "factor": TEXT,
    "net": MONEY,
    "adjudication": _ADJUDICATION,
}
_ITEM = {
    **_CHARGE,
    "servicedDate": TEXT,
    "servicedPeriod": PERIOD,
    "locationCodeableConcept": CODE,
    "encounter": [REFERENCE],
    "diagnosisSequence": [TEXT],
    "diagnosisLinkId": [TEXT],  # STU3
    "detail": [{**_CHARGE, "subDetail": [_CHARGE]}],
}
_INFORMATION = [{"category": CODE, "code": CODE, "timingPeriod": PERIOD, "valueQuantity": {"value": TEXT}}]

CLAIM = {
    "resourceType": TEXT,
    "id": TEXT,
    "meta": {"lastUpdated": TEXT},
    "identifier": [IDENTIFIER],
    "status": TEXT,
    "type": CODE,
    "subType": JSON,  # a list in STU3
    "use": TEXT,
    "outcome": JSON,  # a code in R4, a concept in STU3
    "patient": REFERENCE,
    "created": TEXT,
    "insurer": REFERENCE,
    "provider": REFERENCE,
    "organization": REFERENCE,  # STU3
    "facility": REFERENCE,
    "claim": REFERENCE,
    "prescription": REFERENCE,
    "billablePeriod": PERIOD,
    "hospitalization": PERIOD,  # STU3
    "related": [{"claim": REFERENCE, "relationship": CODE, "reference": IDENTIFIER}],
    "careTeam": [{"sequence": TEXT, "provider": REFERENCE, "responsible": TEXT, "role": CODE}],
    "supportingInfo": _INFORMATION,
    "information": _INFORMATION,  # STU3
    "diagnosis": [
        {
            "sequence": TEXT,
            "diagnosisCodeableConcept": CONCEPT,
            "diagnosisReference": REFERENCE,
            "type": [CODE],
            "onAdmission": CODE,
        }
    ],
    "procedure": [
        {"sequence": TEXT, "date": TEXT, "procedureCodeableConcept": CONCEPT, "procedureReference": REFERENCE}
    ],
    "insurance": JSON,  # one object in the ExplanationOfBenefit of STU3, otherwise a list
    "item": [_ITEM],
    "addItem": [_ITEM],
    "total": JSON,  # an amount in a Claim, a list by category in an ExplanationOfBenefit
    "totalCost": MONEY,  # STU3
    "payment": {"date": TEXT, "amount": MONEY},
    "contained": [JSON],
}

#: Resources that travel with claims.
COMPANIONS: dict[str, Shape] = {
    "Patient": {
        "identifier": [IDENTIFIER],
        "name": [NAME],
        "gender": TEXT,
        "birthDate": TEXT,
        "deceasedDateTime": TEXT,
        "deceasedBoolean": TEXT,
        "telecom": [{"value": TEXT}],
        "address": [ADDRESS],
    },
    "Practitioner": {"identifier": [IDENTIFIER], "name": [NAME], "qualification": [{"code": CONCEPT}]},
    "PractitionerRole": {"practitioner": REFERENCE, "organization": REFERENCE, "specialty": [CONCEPT]},
    "Organization": {"identifier": [IDENTIFIER], "name": TEXT, "type": [CONCEPT], "address": [ADDRESS]},
    "Location": {"identifier": [IDENTIFIER], "name": TEXT, "address": ADDRESS},
    "Coverage": {
        "status": TEXT,
        "type": CONCEPT,
        "beneficiary": REFERENCE,
        "payor": [REFERENCE],
        "period": PERIOD,
        "subscriberId": TEXT,
    },
    "Encounter": {
        "status": TEXT,
        "class": CODING,
        "subject": REFERENCE,
        "period": PERIOD,
        "serviceProvider": REFERENCE,
        "participant": [{"individual": REFERENCE}],
        "hospitalization": {"dischargeDisposition": CONCEPT},
    },
    "Condition": {"code": CONCEPT},
    "Procedure": {"code": CONCEPT, "performedDateTime": TEXT, "performedPeriod": PERIOD},
}

#: Of fields that are one thing or another: each of the two.
EITHER: dict[str, Shape] = {
    "totals": [{"category": CODE, "amount": MONEY}],
    "amount": MONEY,
    "covers": [{"focal": TEXT, "coverage": REFERENCE}],
    "cover": {"focal": TEXT, "coverage": REFERENCE},
    "codes": [CODE],
    "code": CODE,
}

CLAIMS = ("Claim", "ExplanationOfBenefit")


@cache
def screen_of(shape: str) -> str:
    """See :func:`screen`; ``shape`` as JSON text."""
    kinds: dict[str, set[str]] = {}
    _kinds(json.loads(shape), kinds)
    only = {key: next(iter(found)) for key, found in kinds.items() if len(found) == 1}
    objects, rows, texts = ("|".join(k for k, kind in only.items() if kind == wanted) for wanted in "{[t")
    return rf'"({objects})"\s*:\s*[^{{\sn]|"({rows})"\s*:\s*([^\[\sn]|\[\s*[^{{\]\s])|"({texts})"\s*:\s*[^\[\sn]'


def screen(shape: Shape) -> str:
    """A pattern that finds every text in which a list or object of ``shape`` may be something else.

    Keys that are a list in one place and an object in another are left out; of a list the first element is looked at
    (the others come out as rows without what they must have).
    """
    return screen_of(json.dumps(shape))


def _kinds(shape: Shape, kinds: dict[str, set[str]]) -> None:
    if isinstance(shape, list):
        _kinds(shape[0], kinds)
    elif isinstance(shape, dict):
        for key, part in shape.items():
            kind = "{" if isinstance(part, dict) else "x"
            if isinstance(part, list):
                kind = "[" if isinstance(part[0], dict) else "t" if part[0] == TEXT else "x"
            kinds.setdefault(key, set()).add(kind)
            _kinds(part, kinds)


def fault_of(value: Any, shape: Shape, path: str = "") -> tuple[str, str] | None:
    """The first place where a parsed resource has another structure than its shape: its path and what stands there.

    >>> fault_of({"item": [{"net": 5}]}, CLAIM)
    ('item[0].net', '5')
    """
    if value is None or shape == JSON:
        return None
    if shape == TEXT:
        return (path, _shown(value)) if isinstance(value, dict | list) else None
    if isinstance(shape, list):
        if not isinstance(value, list):
            return path, _shown(value)
        found = (fault_of(one, shape[0], f"{path}[{place}]") for place, one in enumerate(value))
        return next((fault for fault in found if fault), None)
    if not isinstance(value, dict):
        return path, _shown(value)
    inner = (fault_of(value.get(key), part, f"{path}.{key}" if path else key) for key, part in shape.items())
    return next((fault for fault in inner if fault), None)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    return str(value)[:80]
