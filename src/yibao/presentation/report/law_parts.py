"""One part per law with findings: what it asks, what it found, its evidence pages, what speaks against, the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.presentation.fmt import Format
from yibao.presentation.messages import Messages
from yibao.presentation.report.context import Context
from yibao.presentation.report.evidence import (
    LedgerRows,
    SignalLine,
    evidence_tables,
    person_line,
    signal_lines,
)  # fmt: skip
from yibao.presentation.report.figures import figure_of
from yibao.presentation.report.results import Row
from yibao.presentation.report.rows import Cell, Head, RowReader, RowTable
from yibao.presentation.report.scene import Figure, Scene
from yibao.presentation.report.source import Instant

TOP_ROWS = 10
EVIDENCE_PAGES = 3


@dataclass(frozen=True)
class EvidencePage:
    """Everything a reviewer needs to see of one finding."""

    finding: Row
    institution: str
    person: str
    explanation: str
    signals: list[SignalLine]
    tables: list[RowTable]
    figure: Figure | None
    constraints: list[str]
    """The wording of the knowledge points that the finding rests on."""


@dataclass(frozen=True)
class Param:
    """A parameter as it was bound in the run."""

    words: str
    value: str


@dataclass(frozen=True)
class LawPart:
    """One law with findings."""

    law: Any
    summary: Row
    version: str
    found: str
    top: RowTable
    params: list[Param]
    exemptions: str
    """Exemptions that the law has already applied, in words."""
    pages: list[EvidencePage] = field(default_factory=list)


def bound_params(manifest: Mapping[str, Any], law: Any) -> dict[str, Any]:
    """The values that the run bound for this law; the law's own where the manifest does not say."""
    entries = manifest.get("laws", {})
    entry = entries.get(f"{law.id}@{law.version}") or entries.get(law.id) or {}
    own = {name: p.value for name, p in law.params.items()}
    return {name: entry.get("params", {}).get(name, value) for name, value in own.items()}


def shown_params(fmt: Format, t: Messages, law: Any, values: Mapping[str, Any]) -> list[Param]:
    """Parameters in words with value and unit."""
    out = []
    for name, p in law.params.items():
        unit = p.unit if p.unit not in (None, "fen", "bp", "milli", "micro", "ppm") else ""
        raw = str(values[name])
        number = int(raw) if raw.lstrip("-").isdigit() else None
        if p.type == "bool":
            value = t("word.yes" if raw.lower() == "true" else "word.no")
        elif number is not None:
            value = fmt.value(number, p.type if p.type in ("money", "rate", "milli", "micro") else p.unit)
        else:
            value = raw
        out.append(Param(p.zh if fmt.lang == "zh" else p.en, f"{value} {t.word('unit', unit, number)}".strip()))
    return out


def law_parts(c: Context, ledger: Instant, by_law: Sequence[Row], reader: RowReader) -> list[LawPart]:
    """Parts for the laws at hand, most fund money first, each with up to three evidence pages."""
    top = c.results.top(TOP_ROWS)
    picked = c.results.examples(EVIDENCE_PAGES)
    refs = c.results.refs([f["finding_id"] for f in picked])
    rows = LedgerRows(ledger)
    rows.load(ref for found in refs.values() for ref in found)
    c.names.load_persons(f["person_id"] for f in [*top, *picked])
    c.names.load_institutions(rows.values("institution_id"))
    c.names.load_items(rows.values("item_code"))
    points = _points(c, ledger, [ref["kp_id"] for found in refs.values() for ref in found])
    out = []
    for summary in by_law:
        law = c.laws.get(summary["law_id"])
        if law is None:
            continue
        values = bound_params(c.results.manifest, law)
        mine = [f for f in top if f["law_id"] == law.id]
        part = LawPart(
            law, summary, mine[0]["law_version"], _found(c, summary), _top_table(c, summary, mine),
            shown_params(c.fmt, c.t, law, values),
            c.t("list.comma").join(c.t.word("exemption", i) for i in law.exemptions),
        )  # fmt: skip
        for finding in (f for f in picked if f["law_id"] == law.id):
            found = refs[finding["finding_id"]]
            scene = Scene(law, values, finding, found, rows, ledger, c.names, c.fmt, c.t)
            signals = signal_lines(law, found, c.fmt, c.t)
            figure = figure_of(scene)
            part.pages.append(
                EvidencePage(
                    finding, c.names.institution(finding["institution_id"]), person_line(c.names, finding, c.t),
                    finding[f"explanation_{c.fmt.lang}"], signals,
                    evidence_tables(finding, found, law, rows, ledger, reader), figure,
                    sorted({points[r["kp_id"]] for r in found if r["kp_id"] in points}),
                )
            )  # fmt: skip
        out.append(part)
    return out


def _points(c: Context, ledger: Instant, ids: Sequence[str | None]) -> dict[str, str]:
    """Knowledge points by id in words: the official class and the constraint."""
    wanted = sorted({i for i in ids if i})
    if not wanted or "knowledge_point" not in c.tables:
        return {}
    rows = ledger.rows("knowledge_point", "kp_id", wanted).to_pylist()
    return {
        r["kp_id"]: c.t("evidence.point", id=r["kp_id"], text=r["constraint_text"] or r["rule_class"] or "")
        for r in rows
    }


def _found(c: Context, row: Row) -> str:
    t, fmt = c.t, c.fmt
    return t(
        "law.found", findings=t.count("n.findings", row["findings"]), whom=c.whom(row), amount=fmt.money(row["amount"]),
        fund=fmt.money(row["fund_amount"]),
    )  # fmt: skip


def _top_table(c: Context, summary: Row, findings: Sequence[Row]) -> RowTable:
    t, fmt = c.t, c.fmt
    heads = [
        Head(t("term.date")), Head(t("term.institution")), Head(t("term.person")), Head(t("term.explanation")),
        c.money_head("term.amount_stake"), c.money_head("term.fund_stake"),
    ]  # fmt: skip
    every = summary["findings"]
    title = t("law.top", n=len(findings), all=every) if every > len(findings) else t.count("law.all", every)
    view = RowTable(title, heads)
    for f in findings:
        at = f["occurred_at"]
        view.rows.append([
            Cell(fmt.date(at.date()) if at else "—", "t"), Cell(c.names.institution(f["institution_id"]), "head"),
            Cell(c.names.person(f["person_id"]).label if f["person_id"] else "—", "t"),
            Cell(f[f"explanation_{fmt.lang}"], "long"),
            c.money(f["amount"]), c.money(f["fund_amount"]),
        ])  # fmt: skip
    return view
