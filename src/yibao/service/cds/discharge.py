"""At discharge: what the settlement list lacks, and the group that the stay would fall into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yibao.casemix import encode_records, explain
from yibao.service.cds.cards import TOPIC_SYSTEM, clipped
from yibao.service.cds.fhir import bad, entries
from yibao.service.state import Service

#: Code systems of the insurance editions of diagnoses and procedures.
DIAGNOSES, PROCEDURES = "urn:nhsa:icd10", "urn:nhsa:icd9cm3"


def discharge_cards(service: Service, found: Mapping[str, Any], context: Mapping[str, Any], lang: str) -> list[dict]:
    """At most two cards: what is missing on the list (warning), the expected group (info). Nothing is kept."""
    zh = lang == "zh"
    encounter = found["encounter"]
    if not isinstance(encounter, dict):
        raise bad("prefetch.encounter", "expected an Encounter", "应为 Encounter")
    conditions = entries(found["conditions"], "prefetch.conditions")
    procedures = [] if found.get("procedures") is None else entries(found["procedures"], "prefetch.procedures")
    codes = [code for code in (_code(one, DIAGNOSES) for one in _main_first(conditions, encounter)) if code]
    lacking = list(_lacking(encounter, conditions, codes, zh))
    cards = []
    if lacking:
        summary = "结算清单还差：" + "；".join(lacking) if zh else "The settlement list lacks: " + "; ".join(lacking)
        cards.append(_card(service, "settlement-list", "warning", summary, "", lang))
    if codes and service.grouping is not None:
        cards.append(_group(service, found, encounter, codes, procedures, context, lang))
    return cards


def _lacking(
    encounter: Mapping[str, Any], conditions: list[Mapping[str, Any]], codes: list[str], zh: bool
) -> list[str]:
    said = []
    if not conditions:
        said.append("出院诊断" if zh else "a discharge diagnosis")
    elif len(codes) < len(conditions):
        n = len(conditions) - len(codes)
        said.append(f"{n} 个诊断没有医保编码" if zh else f"insurance codes of {n} diagnoses")
    if len(set(codes)) < len(codes):
        said.append("有重复的诊断" if zh else "one line for each diagnosis (some are there twice)")
    if not isinstance(encounter.get("hospitalization", encounter.get("admission")), dict):
        said.append("离院方式" if zh else "the way of discharge")
    if _days(encounter) is None:
        said.append("入出院时间" if zh else "admission and discharge times")
    return said


def _group(
    service: Service, found: Mapping[str, Any], encounter: Mapping[str, Any], codes: list[str],
    procedures: list[Mapping[str, Any]], context: Mapping[str, Any], lang: str,
) -> dict[str, Any]:  # fmt: skip
    """The expected group, by the pack that the service has loaded."""
    from yibao.casemix.explain_text import Words

    assert service.grouping is not None
    grouper = service.grouping.grouper
    patient = found.get("patient") if isinstance(found.get("patient"), dict) else {}
    record = {
        "case_id": str(context["encounterId"]), "diagnoses": codes, "los_days": _days(encounter),
        "procedures": [code for code in (_code(one, PROCEDURES) for one in procedures) if code],
        "sex": {"male": "1", "female": "2"}.get(str((patient or {}).get("gender")), "0"),
        "age_years": _age(patient or {}, encounter),
    }  # fmt: skip
    told = explain(grouper, encode_records([{name: v for name, v in record.items() if v is not None}]))
    lines = list(Words(grouper.pack, "zh" if lang == "zh" else "en", service.grouping.names).lines(told))
    group = told.row["group_code"] or ("未入组" if lang == "zh" else "no group")
    head = (
        f"预分组 {group}（{grouper.pack.head.id}）"
        if lang == "zh"
        else f"Expected group {group} ({grouper.pack.head.id})"
    )
    return _card(service, "grouping", "info", head, "\n".join(f"    {line}" for line in lines), lang)


def _card(service: Service, topic: str, indicator: str, summary: str, detail: str, lang: str) -> dict[str, Any]:
    card: dict[str, Any] = {
        "summary": clipped(summary), "indicator": indicator,
        "source": {"label": service.settings.issuer[lang], "topic": {"system": TOPIC_SYSTEM, "code": topic}},
    }  # fmt: skip
    return card | ({"detail": detail} if detail else {})


def _main_first(conditions: list[Mapping[str, Any]], encounter: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The conditions with the principal one in front: the encounter says which (``diagnosis.rank`` 1)."""
    listed = encounter.get("diagnosis")
    ranks: dict[str, int] = {}
    for one in listed if isinstance(listed, list) else []:
        target = one.get("condition") if isinstance(one, dict) else None
        rank = one.get("rank") if isinstance(one, dict) else None
        if isinstance(target, dict) and isinstance(rank, int):
            ranks[str(target.get("reference", "")).rpartition("/")[2]] = rank
    return sorted(conditions, key=lambda one: ranks.get(str(one.get("id")), 1_000))


def _code(resource: Mapping[str, Any], system: str) -> str | None:
    concept = resource.get("code")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for coding in codings if isinstance(codings, list) else []:
        if isinstance(coding, dict) and coding.get("system") == system and isinstance(coding.get("code"), str):
            return str(coding["code"])[:40]
    return None


def _days(encounter: Mapping[str, Any]) -> int | None:
    period = encounter.get("period", encounter.get("actualPeriod"))
    if not isinstance(period, dict):
        return None
    begin, end = _day(period.get("start")), _day(period.get("end"))
    return None if begin is None or end is None or end < begin else max((end - begin).days, 1)


def _age(patient: Mapping[str, Any], encounter: Mapping[str, Any]) -> int | None:
    period = encounter.get("period", encounter.get("actualPeriod"))
    born = _day(patient.get("birthDate"))
    at = _day(period.get("start")) if isinstance(period, dict) else None
    if born is None or at is None or at < born:
        return None
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def _day(value: Any) -> date | None:
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None
