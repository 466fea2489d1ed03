"""Who looked at a person's data: when, which organisation and post, for what, at what. Names are withheld.

Two records are read: the audit trail of the service, and the registry's looks under a permit or consent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from yibao.ledger.contracts import load_contracts
from yibao.presentation.fmt import Lang
from yibao.registry.roles import roles
from yibao.registry.tables.consents import DATASET, LOOK, LOOK_PERSON, PURPOSE
from yibao.registry.tables.core import ACTOR, EVENT
from yibao.service.console.insured.own import OWN
from yibao.service.console.insured.words import Pair
from yibao.service.console.purposes import purposes
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.reads import reads
from yibao.service.state import Service

#: What a table of the service itself is called.
_OWN_TABLES: Mapping[str, Pair] = {
    "service_visit": ("医保码核验", "e-voucher"), "service_renewal": ("续方", "renewal"),
    "evidence": ("就诊和检查记录", "visits and examinations"), "fhir": ("出院资料", "discharge record"),
    "quarantine": ("退回的数据行", "rows set aside"),
}  # fmt: skip


#: Between the two records of one look.
_ONE_LOOK = timedelta(seconds=2)


@dataclass(frozen=True)
class Look:
    """One look. ``number`` finds it again when the person asks about it; ``group`` counts looks by kind of party."""

    number: str
    at: datetime
    organisation: Pair
    post: Pair
    purpose: Pair
    what: Pair
    group: Pair
    own: bool = False


def looks(service: Service, person_id: str) -> list[Look]:
    """Every look at this person's data, the newest first."""
    mine = (
        select(
            EVENT.c.chain,
            EVENT.c.seq,
            EVENT.c.acted_at,
            EVENT.c.actor_id,
            EVENT.c.role,
            EVENT.c.body,
            ACTOR.c.organisation,
        )
        .outerjoin(ACTOR, ACTOR.c.actor_id == EVENT.c.actor_id)
        .where(EVENT.c.subject == f"person:{person_id}", EVENT.c.action == "data.look", EVENT.c.outcome == "done")
    )
    permitted = (
        select(
            LOOK,
            DATASET.c.title_zh,
            DATASET.c.title_en,
            PURPOSE.c.title_zh.label("purpose_zh"),
            PURPOSE.c.title_en.label("purpose_en"),
        )
        .join(LOOK_PERSON, LOOK_PERSON.c.look_id == LOOK.c.look_id)
        .outerjoin(DATASET, DATASET.c.dataset_id == LOOK.c.dataset_id)
        .outerjoin(PURPOSE, PURPOSE.c.purpose_id == LOOK.c.purpose_id)
        .where(LOOK_PERSON.c.person_id == person_id)
    )
    with reads(service.registry) as connection:
        events = [dict(row) for row in connection.execute(mine).mappings()]
        kept = [dict(row) for row in connection.execute(permitted).mappings()]
    found = [_event(service, row) for row in events]
    found += [_look(service, row) for row in kept if not _told(row, events)]
    return sorted(found, key=lambda look: (look.at, look.number), reverse=True)


def looks_at(service: Service, person_id: str, today: date, lang: Lang) -> str:
    """How often others looked in the past year, by kind of party: the line under a bill."""
    counts = counted(looks(service, person_id), today)
    total = sum(count for _, count in counts)
    zh = lang == "zh"
    if not total:
        return "过去一年没有人查看过您的信息。" if zh else "Nobody else looked at your data in the past year."
    each = [f"{group[0]} {n} 次" if zh else f"{group[1]} {n}" for group, n in counts]
    if zh:
        return f"过去一年有 {total} 次查看过您的信息：{'、'.join(each)}。"
    return f"Your data were looked at {total} time{'' if total == 1 else 's'} in the past year: {', '.join(each)}."


def _told(look: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the service tells of this look of a clue itself: the registry keeps one whenever a clue is shown."""
    return str(look["dataset_id"]).startswith("clue:") and any(
        row["actor_id"] == look["actor_id"] and abs(row["acted_at"] - look["looked_at"]) <= _ONE_LOOK for row in events
    )


def _event(service: Service, row: Mapping[str, Any]) -> Look:
    body = json.loads(row["body"] or "{}")
    role = row["role"] or _role(service, row["organisation"])
    said = str(body.get("purpose", ""))
    tables = body.get("tables", {})
    shown = [name for name, count in tables.items() if count] or list(tables)
    return Look(
        f"{row['chain']}-{row['seq']}",
        row["acted_at"],
        _organisation(service, row["organisation"]),
        _post(role),
        purposes().get(said, (said or "—", said or "—")),
        _tables(shown),
        _group(service, row["organisation"], role),
        said == OWN,
    )


def _look(service: Service, row: Mapping[str, Any]) -> Look:
    listed = _tables(str(row["columns"]).split(","))
    what = (row["title_zh"] or listed[0], row["title_en"] or listed[1])
    said = purposes().get(row["purpose_id"], (row["purpose_id"], row["purpose_id"]))
    why = (row["purpose_zh"] or said[0], row["purpose_en"] or said[1])
    return Look(
        row["look_id"],
        row["looked_at"],
        _organisation(service, row["organisation"]),
        _post(row["role"]),
        why,
        what,
        _group(service, row["organisation"], row["role"]),
    )


def _organisation(service: Service, code: str | None) -> Pair:
    if code in service.institutions:
        return (institution_name(service, code, "zh"), institution_name(service, code, "en"))
    if code in service.regions:
        zh, en = region_name(service, str(code), "zh"), region_name(service, str(code), "en")
        return (f"{zh}医疗保障局", f"Medical insurance bureau of {en}")
    return ("医保系统", "Insurance system") if not code or code.isdigit() else (code, code)


def _role(service: Service, code: str | None) -> str:
    place = service.institutions.get(code or "")
    return "" if place is None else "pharmacy" if place["kind"] == "2" else "hospital"


def _post(role: str) -> Pair:
    known = roles().get(role)
    return (known.zh, known.en) if known else ("经办人员", "staff")


def _group(service: Service, code: str | None, role: str) -> Pair:
    place = service.institutions.get(code or "")
    if place is not None:
        return ("药店", "pharmacy") if place["kind"] == "2" else ("医院", "hospital")
    return ("本人", "yourself") if role == "insured" else ("医保部门", "bureau")


def _tables(names: list[str]) -> Pair:
    contracts = load_contracts()
    said = [
        (contracts[name].title["zh"], contracts[name].title["en"])
        if name in contracts
        else _OWN_TABLES.get(name, (name, name))
        for name in names
    ]
    return ("、".join(zh for zh, _ in said) or "—", ", ".join(en for _, en in said) or "—")


def counted(found: list[Look], today: date) -> list[tuple[Pair, int]]:
    """How often others looked within a year of today, by kind of party."""
    since = today - timedelta(days=365)
    counts = Counter(look.group for look in found if not look.own and look.at.date() > since)
    return counts.most_common()
