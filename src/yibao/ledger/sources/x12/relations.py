"""The relations that a piece of an X12 file is unpacked into; every column is the element's text as it stands.

``set_`` has one row per transaction set, ``envelope`` one per envelope segment, ``claim`` one per CLM with all that is
told once above and below it, ``line`` one per SV1 or SV2, ``code`` one per composite of an HI segment, ``other_payer``
one per SBR inside a claim, ``provider`` one per NM1 of a claim or line. ``row`` is the number of the segment in its
file; ``claim`` (in the others) that of the CLM.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.ledger.sources.x12.loops import Loops, through
from yibao.ledger.sources.x12.segments import Mask, Places, joined

Columns = dict[str, pa.Array]

#: Providers of a claim: NM101 -> the name of its columns.
PROVIDERS = {
    "71": "attending",
    "72": "operating",
    "82": "rendering",
    "DN": "referring",
    "77": "facility",
    "ZZ": "other_operating",
}
_CODES_IN_HI = 12
_ENVELOPE = {"ISA": (13, 15), "GS": (6, 8), "ST": (2, 3), "SE": (2, 1), "GE": (2, 1), "IEA": (2, 1)}


def relations(loops: Loops) -> dict[str, Columns]:
    """All relations of a piece by name."""
    return {
        "envelope": _envelope(loops),
        "set_": _sets(loops),
        "claim": _claims(loops),
        "line": _lines(loops),
        "code": _codes(loops),
        "other_payer": _other_payers(loops),
        "provider": _providers(loops),
    }


def _envelope(loops: Loops) -> Columns:
    """``control`` is the control number; ``said`` the version, usage or count that the segment gives."""
    s = loops.segments
    places = np.flatnonzero(s.named(*_ENVELOPE))
    names = s.element(places, 0)
    control, said = pa.nulls(len(places), pa.string()), pa.nulls(len(places), pa.string())
    for name, (first, second) in _ENVELOPE.items():
        mine = pc.equal(names, name)
        control = pc.if_else(mine, s.element(places, first), control)
        said = pc.if_else(mine, s.element(places, second), said)
    return {"row": s.number_at(places), "name": names, "control": control, "said": said}


def _sets(loops: Loops) -> Columns:
    """Transaction sets with what their trailers say and what was found in them."""
    s = loops.segments
    starts = np.flatnonzero(s.named("ST"))
    trailer = through(loops.under(s.named("SE"), loops.set), starts)
    wrong = through(loops.under(s.unknown(), loops.set), starts)
    # A set without trailer is counted to the next one; it is refused anyway.
    last = np.where(trailer < 0, np.append(starts[1:], len(s)) - 1, trailer) if len(starts) else starts
    found = s.numbers[last] - s.numbers[starts] + 1 if len(starts) else starts
    lost = through(loops.under(_stray(loops), loops.set), starts)
    return {
        "row": s.number_at(starts),
        "kind": s.element(starts, 1),
        "control": s.element(starts, 2),
        "guide": s.element(starts, 3),
        "trailer": s.number_at(trailer),
        "trailer_control": s.element(trailer, 2),
        "trailer_count": s.element(trailer, 1),
        "segments": pa.array(found, pa.int64()),
        "wrong": s.number_at(wrong),
        "wrong_text": _text(loops, wrong),
        "stray": s.number_at(lost),
        "stray_text": _text(loops, lost),
    }


def _stray(loops: Loops) -> Mask:
    """Claims, lines and codes that stand under nothing that they could belong to."""
    s = loops.segments
    claim = s.named("CLM") & (loops.claim != np.arange(len(s)))
    return claim | s.named("SV1", "SV2") & (loops.line < 0) | s.named("HI") & (loops.claim < 0)


def outside(loops: Loops) -> list[tuple[int, str]]:
    """Number and text of what stands in no transaction set though it should, or that is no segment at all."""
    places = np.flatnonzero((_stray(loops) | loops.segments.unknown()) & (loops.set < 0))
    return list(zip(loops.segments.numbers[places].tolist(), _text(loops, places).to_pylist(), strict=True))


def _text(loops: Loops, places: Places) -> pa.Array:
    texts = loops.segments.texts.take(pa.array(np.where(places < 0, 0, places), mask=places < 0))
    return pc.utf8_slice_codeunits(texts, 0, 80)


def _claims(loops: Loops) -> Columns:
    s, claims = loops.segments, loops.claims
    place, place_kind, frequency = s.components(s.element(claims, 5), 3)
    level, billing, insured = loops.level[claims], loops.billing[claims], loops.subscriber[claims]
    above, header = loops.claim < 0, through(loops.under(s.named("BHT"), loops.set), loops.set[claims])
    subscriber = through(loops.under(s.named("SBR") & above, loops.subscriber), insured)
    relation = through(loops.under(s.named("PAT"), loops.level), level)
    outside = (loops.line < 0) & (loops.number < 0) & (loops.other < 0)

    def of_claim(mask: Mask, element: int) -> pa.Array:
        return s.element(through(loops.under(mask & outside, loops.claim), claims), element)

    columns: Columns = {
        "row": s.number_at(claims),
        "st": s.number_at(loops.set[claims]),
        "purpose": s.element(header, 6),
        "sent_on": s.element(header, 4),
        "sent_at": s.element(header, 5),
        "currency": s.element(through(loops.under(s.named("CUR"), loops.billing), billing), 2),
        "payer_rank": s.element(subscriber, 1),
        "relationship": pc.coalesce(s.element(subscriber, 2), s.element(relation, 1)),
        "group_number": s.element(subscriber, 3),
        "filing": s.element(subscriber, 9),
        "number": s.element(claims, 1),
        "total": s.element(claims, 2),
        "place": place,
        "place_kind": place_kind,
        "frequency": frequency,
        "original": of_claim(loops.references("F8"), 2),
        "clearing_number": of_claim(loops.references("D9"), 2),
        "authorisation": of_claim(loops.references("G1"), 2),
        "record_number": of_claim(loops.references("EA"), 2),
        "statement": of_claim(loops.dates("434"), 3),
        "admission": of_claim(loops.dates("435"), 3),
        "discharge_hour": of_claim(loops.dates("096"), 3),
        "admission_type": of_claim(s.named("CL1"), 1),
        "admission_source": of_claim(s.named("CL1"), 2),
        "patient_status": of_claim(s.named("CL1"), 3),
        "patient_paid": of_claim(loops.amounts("F5"), 2),
        "billing_taxonomy": s.element(through(loops.under(s.named("PRV") & above, loops.billing), billing), 3),
    }
    patient = np.where(loops.patient[claims] == level, level, -1)
    people = {
        "billing": through(loops.under(loops.names("85"), loops.billing), billing),
        "subscriber": through(loops.under(loops.names("IL") & above, loops.subscriber), insured),
        "patient": through(loops.under(loops.names("QC"), loops.patient), patient),
        "payer": through(loops.under(loops.names("PR") & above, loops.subscriber), insured),
    }
    for role, places in people.items():
        columns |= {f"{role}_{name}": values for name, values in _party(loops, places).items()}
    for code, role in PROVIDERS.items():
        places = through(loops.under(loops.names(code) & outside, loops.claim), claims)
        columns[f"{role}_id"] = s.element(places, 9)
    columns["has_patient"] = pa.array(patient >= 0)
    return columns


def _party(loops: Loops, places: Places) -> Columns:
    s = loops.segments
    address, city, person = (loops.attached(name, places) for name in ("N3", "N4", "DMG"))
    return {
        "id": s.element(places, 9),
        "last": s.element(places, 3),
        "first": s.element(places, 4),
        "address": joined([s.element(address, 1), s.element(city, 1)], ", "),
        "state": s.element(city, 2),
        "zip": s.element(city, 3),
        "birth": s.element(person, 2),
        "sex": s.element(person, 3),
    }


def _lines(loops: Loops) -> Columns:
    """SV1 (professional) and SV2 (institutional) side by side; ``ordinal`` counts the lines of a claim from 1."""
    s, lines = loops.segments, loops.lines
    professional = s.named("SV1")[lines]

    def element(in_sv1: int | None, in_sv2: int | None) -> pa.Array:
        empty = pa.nulls(len(lines), pa.string())
        first = s.element(lines, in_sv1) if in_sv1 else empty
        second = s.element(lines, in_sv2) if in_sv2 else empty
        return pc.if_else(pa.array(professional), first, second)

    def under(mask: Mask, number: int) -> pa.Array:
        return s.element(through(loops.under(mask, loops.line), lines), number)

    qualifier, code, *modifiers, about = s.components(element(1, 2), 7)
    owner = loops.claim[lines]
    starts = np.flatnonzero(np.diff(owner, prepend=-2))
    ordinal = np.arange(len(lines)) - np.repeat(starts, np.diff(np.append(starts, len(lines)))) + 1
    number = np.where(loops.number[lines] > owner, loops.number[lines], -1)
    own_number = number > np.append(-1, lines[:-1]) if len(lines) else number >= 0
    return {
        "row": s.number_at(lines),
        "claim": s.number_at(owner),
        "ordinal": pa.array(ordinal, pa.int64()),
        "number": s.element(np.where(own_number, number, -1), 1),
        "qualifier": qualifier,
        "item": code,
        "modifiers": joined(modifiers, ":"),
        "about": about,
        "revenue": element(None, 1),
        "amount": element(2, 3),
        "unit": element(3, 4),
        "quantity": element(4, 5),
        "rate": element(None, 6),
        "not_covered": element(None, 7),
        "place": element(5, None),
        "pointers": element(7, None),
        "served": under(loops.dates("472"), 3),
        "control": under(loops.references("6R"), 2),
        "prescription": under(loops.references("XZ"), 2),
        "drug_kind": under(s.named("LIN"), 2),
        "drug": under(s.named("LIN"), 3),
        "drug_quantity": under(s.named("CTP"), 4),
        "drug_unit": s.components(under(s.named("CTP"), 5), 1)[0],
        "rendering_id": under(loops.names("82"), 9),
        "paid_elsewhere": loops.texts_under(s.named("SVD"), loops.line, lines, (1, 2)),
        "adjustments": loops.texts_under(s.named("CAS"), loops.line, lines, (1, 2, 3)),
    }


def _codes(loops: Loops) -> Columns:
    """One row per composite of HI: ``about`` is its date or amount, ``on_admission`` the indicator of component 9."""
    s = loops.segments
    places = np.flatnonzero(s.named("HI") & (loops.claim >= 0))
    parts = [s.element(places, number) for number in range(1, _CODES_IN_HI + 1)]
    values = pa.concat_arrays(parts)
    at = np.tile(places, _CODES_IN_HI)
    order = np.argsort(at, kind="stable")
    there = order[pc.is_valid(values).to_numpy(zero_copy_only=False)[order]]
    values, at = values.take(pa.array(there)), at[there]
    components = s.components(values, 9)
    return {
        "row": s.number_at(at),
        "claim": s.number_at(loops.claim[at]),
        "place": pa.array(np.arange(len(at)), pa.int64()),
        "qualifier": components[0],
        "value": components[1],
        "about_kind": components[2],
        "about": components[3],
        "amount": components[4],
        "on_admission": components[8],
        "text": values,
    }


def _other_payers(loops: Loops) -> Columns:
    s = loops.segments
    own = np.arange(len(s))
    places = np.flatnonzero(s.named("SBR") & (loops.other == own))

    def paid(code: str) -> pa.Array:
        return s.element(through(loops.under(loops.amounts(code), loops.other), places), 2)

    payer = through(loops.under(loops.names("PR"), loops.other), places)
    return {
        "row": s.number_at(places),
        "claim": s.number_at(loops.claim[places]),
        "rank": s.element(places, 1),
        "filing": s.element(places, 9),
        "payer_id": s.element(payer, 9),
        "payer_name": s.element(payer, 3),
        "paid": paid("D"),
        "not_covered": paid("A8"),
        "owed": paid("EAF"),
        "adjustments": loops.texts_under(s.named("CAS"), loops.other, places, (1, 2, 3)),
    }


def _providers(loops: Loops) -> Columns:
    s = loops.segments
    places = np.flatnonzero(loops.names(*PROVIDERS) & (loops.claim >= 0) & (loops.other < 0))
    return {
        "row": s.number_at(places),
        "claim": s.number_at(loops.claim[places]),
        "role": s.element(places, 1),
        "entity": s.element(places, 2),
        "last": s.element(places, 3),
        "first": s.element(places, 4),
        "id": s.element(places, 9),
        "taxonomy": s.element(loops.attached("PRV", places), 3),
        "state": s.element(loops.attached("N4", places), 2),
    }
