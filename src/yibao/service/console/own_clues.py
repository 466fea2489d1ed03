"""Clues as the institution sees them that they are about: the same evidence, its own answer, no reviewers' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select

from yibao.presentation.fmt import Format
from yibao.registry import clues
from yibao.registry.clues.workflow import state_name, workflow
from yibao.registry.scopes import Place
from yibao.registry.tables.clues import CLUE
from yibao.service.access.scope import Caller
from yibao.service.console.listing import Column, Listing
from yibao.service.console.own import Own
from yibao.service.console.scoping import item_words
from yibao.service.problems import unknown
from yibao.service.reads import reads
from yibao.service.state import Service

#: States that an institution does not see: what is found is not told before it is sent.
UNSENT = ("S0", "S1", "S2", "S3", "S3a")
#: States in which the institution is asked for something.
WAITING = ("S3b", "S3c")
_RESULTS = {"violation": ("明确违规", "Violation"), "suspect": ("可疑", "Suspect"), "lead": ("线索", "Lead")}
_TONES = {"violation": "stop:violation", "suspect": "warn:suspect", "lead": ":lead"}
#: The way of a clue, as the institution follows it.
_STEPS = (("S3c", "S3b"), ("S4",), ("S5", "S6", "S7"), ("S8", "S9"), ("S10",))


def own_clues(service: Service, institution_id: str) -> list[Mapping[str, Any]]:
    """The institution's clues that were sent to it: those that wait for it first, by their day."""
    query = select(CLUE).where(CLUE.c.institution_id == institution_id, CLUE.c.state.not_in(UNSENT))
    with reads(service.registry) as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return sorted(rows, key=lambda r: (r["state"] not in WAITING, str(r["due_on"] or "9999"), r["clue_id"]))


def place_in_list(service: Service, own: Own, clue_id: str) -> dict[str, Any] | None:
    """Which of the institution's clues this is, and the clues before and after it; None when it is not in its list."""
    ids = [row["clue_id"] for row in own_clues(service, own.institution_id)]
    if clue_id not in ids:  # somebody with several institutions sees the list of the first
        return None
    at = ids.index(clue_id)
    return {"number": at + 1, "of": len(ids), "previous": ids[at - 1] if at else None,
            "next": ids[at + 1] if at + 1 < len(ids) else None}  # fmt: skip


def waiting(service: Service, institution_id: str) -> list[Mapping[str, Any]]:
    """Those that wait for the institution's answer or material."""
    return [row for row in own_clues(service, institution_id) if row["state"] in WAITING]


def listing(rows: Sequence[Mapping[str, Any]], prefix: str, lang: str) -> Listing:
    """The clues as a table."""
    said = [
        {**row, "title": (row["title_zh"], row["title_en"]), "state": state_name(row["state"], lang),
         "due": row["due_on"] if row["state"] in WAITING else None}
        for row in rows
    ]  # fmt: skip
    return Listing("clues", "疑点", "Clues", (
        Column("title", "疑点", "Clue", head=True, href=lambda row: f"{prefix}/clues/{row['clue_id']}",
               below=lambda row, _: str(row["clue_id"])),
        Column("result", "判断", "Judgement", "chip", words=_RESULTS, tone=lambda row: _TONES[row["result"]]),
        Column("state", "状态", "State"), Column("due", "请在此前答复", "Answer by", "date"),
        Column("findings", "命中", "Findings", "count"), Column("persons", "人数", "Persons", "count"),
        Column("claimed", "涉及基金，元", "Fund money, ¥", "money"),
        Column("upheld", "维持，元", "Upheld, ¥", "money"),
    ), said, caption=False)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """One clue as its institution sees it. ``lines`` are its own charge lines, ``money`` fund money by finding."""

    clue: Mapping[str, Any]
    laws: Sequence[Any]
    findings: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    steps: Sequence[tuple[str, str]]
    history: Sequence[tuple[str, str, str]]

    @property
    def answerable(self) -> bool:
        return bool(self.clue["state"] == "S3c")

    @property
    def wants_material(self) -> bool:
        return bool(self.clue["state"] == "S3b")


def seen(service: Service, caller: Caller, clue_id: str) -> Mapping[str, Any]:
    """The clue's row when it is within scope and was sent; otherwise it is unknown. Raises :class:`Problem` 404."""
    with reads(service.registry) as connection:
        row = connection.execute(select(CLUE).where(CLUE.c.clue_id == clue_id)).mappings().one_or_none()
    place = Place(row["region_code"], row["institution_id"], row["person_id"]) if row else Place()
    if not caller.covers(place) or row is None or row["state"] in UNSENT:
        raise unknown("clue", "疑点")
    return dict(row)


def show(service: Service, caller: Caller, own: Own, clue_id: str, fmt: Format) -> Shown:
    """One clue with its evidence; the look is recorded by the registry, for all persons of it."""
    found = dict(service.registry.do(clues.show, clue_id, by=caller.actor_id))
    found["due_on"] = found["due_on"] and date.fromisoformat(str(found["due_on"]))
    lang = fmt.lang
    for name in (f"title_{lang}", f"explanation_{lang}"):
        found[name] = without_others(service, own, found[name], lang)
    refs = _refs(service, [row["finding_id"] for row in found["findings"]])
    lines = _own_lines(service, own, refs)
    money = {row["finding_id"]: 0 for row in found["findings"]}
    for row in found["money"]:
        money[row["finding_id"]] = money.get(row["finding_id"], 0) + row["fund_amount"]
    findings = [
        {**row, "claimed": money.get(row["finding_id"], 0),
         "words": without_others(service, own, row[f"explanation_{lang}"], lang)}
        for row in found["findings"]
    ]  # fmt: skip
    laws = [service.lawbook.laws[law] for law in found["law_ids"].split(",") if law in service.lawbook.laws]
    history = [(when, what, without_others(service, own, words, lang)) for when, what, words in _history(found, lang)]
    return Shown(found, laws, findings, lines, _steps(found, lang), history)


def without_others(service: Service, own: Own, text: str, lang: str) -> str:
    """A text in which no other institution is named."""
    other = "另一家机构" if lang == "zh" else "another provider"
    for code, row in service.institutions.items():
        if code != own.institution_id:
            for name in (code, row["name"], row["name_en"]):
                if name and name in text:
                    text = text.replace(name, other)
    return text


def _steps(found: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """(name, done | now | open) of each step."""
    at = next((n for n, states in enumerate(_STEPS) if found["state"] in states), 0)
    return [
        (state_name(states[0], lang), "now" if n == at else "done" if n < at else "open")
        for n, states in enumerate(_STEPS)
    ]


def _history(found: Mapping[str, Any], lang: str) -> list[tuple[str, str, str]]:
    """(when, what, words) since it was sent: what was asked, answered and decided."""
    sent = next((row["sequence"] for row in found["history"] if row["act"] in ("send", "ask_material")), 0)
    words = clues_words(lang)
    return [
        (str(row["acted_at"])[:16].replace("T", " "),
         words.get(row["act"], row["act"]),
         str(row["note"] or "") if row["act"] in ("send", "ask_material", "accept", "appeal") else "")
        for row in found["history"] if row["sequence"] >= sent
    ]  # fmt: skip


@lru_cache
def clues_words(lang: str) -> Mapping[str, str]:
    """The names of acts."""
    return {name: str(rule[lang]) for name, rule in workflow()["acts"].items()}


def _refs(service: Service, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """The evidence of findings, in the run that found them."""
    folder: Path | None = service.figures.run_folder
    file = folder / "finding_ref.parquet" if folder is not None else None
    if file is None or not file.exists() or not ids:
        return []
    rows: list[Mapping[str, Any]] = pq.read_table(file, filters=pc.field("finding_id").isin(list(ids))).to_pylist()
    return rows


def _own_lines(service: Service, own: Own, refs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The own charge lines that the evidence points at, in order of time."""
    wanted = {ref["ref_id"]: ref for ref in refs if ref["ref_table"] == "charge_line"}
    if not wanted:
        return []
    found = service.ledger.rows("charge_line", "line_id", sorted(wanted)).to_pylist()
    lines = [
        {"charged_at": row["charged_at"], "line_id": row["line_id"],
         "item": item_words(service, row["item_code"], row["item_name"]),
         "quantity": row["quantity"], "amount": row["amount"], "fund": wanted[row["line_id"]]["fund_amount"],
         "person": row["person_id"], "finding_id": wanted[row["line_id"]]["finding_id"]}
        for row in found if row["institution_id"] == own.institution_id
    ]  # fmt: skip
    return sorted(lines, key=lambda row: (row["charged_at"], row["line_id"]))


def line_table(shown: Shown) -> Listing:
    """The own charge lines as a table."""
    rows = [{**row, "person": f"…\u2060{str(row['person'])[-4:]}"} for row in shown.lines]
    return Listing("lines", "涉及的费用明细", "Charge lines concerned", (
        Column("charged_at", "时间", "Time", "time"), Column("item", "项目", "Item", head=True),
        Column("person", "参保人", "Person"), Column("line_id", "明细流水号", "Line id", "id", sorts=False),
        Column("amount", "金额，元", "Amount, ¥", "money"), Column("fund", "涉及基金，元", "Fund money, ¥", "money"),
    ), rows)  # fmt: skip
