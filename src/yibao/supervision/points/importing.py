"""Takes a published batch of knowledge points into a ledger: read, compiled, chained, then imported as a catalogue."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from yibao.ledger import open_ledger
from yibao.ledger.batch import Progress
from yibao.ledger.codes.importing import CatalogueReport, import_catalogue
from yibao.ledger.codes.kinds import get_kind
from yibao.ledger.codes.source import known_rows
from yibao.supervision.official_classes import class_named
from yibao.supervision.points.chains import Chained, Refused, Span, chain
from yibao.supervision.points.compiled import COMPILED, NEEDS_SIGN_OFF, NOT_COMPILABLE, Compiled
from yibao.supervision.points.grammar import compile_point
from yibao.supervision.points.reading import Point, PointsError, read_points

STATUSES = (COMPILED, NEEDS_SIGN_OFF, NOT_COMPILABLE)
_COLUMNS = (
    "kp_id", "item_code", "other_item_code", "other_target", "relation", "other_match", "rule_class", "official_code",
    "primitive", "target", "item_name", "constraint_text", "batch", "valid_from", "valid_to", "status", "source",
    "sex", "age_from_days", "age_to_days", "quantity_limit", "limit_unit", "time_window", "interval_days", "cycle_days",
    "course_days", "course_mode", "schemes", "care_kinds", "level_from", "first_fill_only", "online_allowed",
    "surgery_group", "combination", "others_needed",
)  # fmt: skip


@dataclass(frozen=True)
class PointsReport:
    """What an import did: points by class and status, what was refused, ended or unknown, and the ingest's account."""

    shares: Mapping[str, Mapping[str, int]]  # official class -> status -> points
    refused: Sequence[Refused]
    ended: Mapping[str, Any]
    unknown_codes: int
    examples: Sequence[str]
    catalogue: CatalogueReport | None
    signed: int = 0
    left_over: Sequence[tuple[str, str, str]] = field(default=())  # kp_id, item, what nobody could read

    @property
    def points(self) -> int:
        """Points taken in."""
        return sum(sum(found.values()) for found in self.shares.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "points": self.points, "classes": {name: dict(found) for name, found in self.shares.items()},
            "statuses": dict(sum((Counter(found) for found in self.shares.values()), Counter())),
            "signed": self.signed, "ended": {kp: str(day) for kp, day in self.ended.items()},
            "refused": [
                {"kp_id": one.point.kp_id, "line": one.point.line, "code": one.code, "zh": one.zh, "en": one.en}
                for one in self.refused
            ],
            "unknown_codes": self.unknown_codes, "unknown_examples": list(self.examples),
            "ingest": self.catalogue.ingest.to_dict() if self.catalogue else None,
        }  # fmt: skip


def import_points(
    path: Path, into: Path, *, given: Mapping[str, str] | None = None, sheet: str | None = None,
    signed: Path | None = None, currency: str | None = None, progress: Progress | None = None,
) -> PointsReport:  # fmt: skip
    """Take the points of ``path`` into the ledger ``into``, which is created when there is none.

    ``given`` fills what the file does not say (rule_class, batch, valid_from); ``signed`` is a CSV whose column
    ``kp_id`` names proposals that somebody has signed off: they become ``compiled``. Points of earlier batches end
    where later ones of the same class and codes begin; that is recorded as a correction. Raises :class:`PointsError`
    for a file that cannot be read.
    """
    points = read_points(path, given or {}, sheet)
    known = known_rows(open_ledger(into) if (into / "ledger.json").exists() else None, get_kind("knowledge"))
    recorded = known.to_pylist()
    chained = chain(points, [_span(row) for row in recorded])
    names = _signed(signed)
    compiled = {point.kp_id: _compiled(point, names) for point in chained.points}
    rows = [row for point in chained.points for row in _rows(point, compiled[point.kp_id], path.name)]
    rows += [
        {**{name: row.get(name) for name in _COLUMNS}, "valid_to": chained.ended[row["kp_id"]]}
        for row in recorded if row["kp_id"] in chained.ended
    ]  # fmt: skip
    catalogue = _import(rows, path, into, currency, progress) if rows else None
    unknown = _unknown(rows, into)
    return PointsReport(
        shares=_shares(chained, compiled), refused=chained.refused, ended=chained.ended,
        unknown_codes=len(unknown), examples=unknown[:5], catalogue=catalogue,
        signed=sum(point.kp_id in names for point in chained.points),
        left_over=[
            (p.kp_id, p.item_name, compiled[p.kp_id].left_over) for p in chained.points if compiled[p.kp_id].left_over
        ],
    )  # fmt: skip


def _span(row: Mapping[str, Any]) -> Span:
    return Span(
        row["kp_id"], row["rule_class"] or "", row["item_code"], row["other_item_code"] or "", row["valid_from"],
        row["valid_to"],
    )  # fmt: skip


def _compiled(point: Point, signed: frozenset[str]) -> Compiled:
    found = compile_point(point.rule_class, point.item_name, point.text)
    if point.kp_id in signed and found.status == NEEDS_SIGN_OFF:
        return replace(found, status=COMPILED)
    return found


def _rows(point: Point, compiled: Compiled, source: str) -> list[dict[str, Any]]:
    """A row for each bound code and each other code, all with the point's parameters."""
    official = class_named(point.rule_class)
    params = dict(compiled.params)
    base = {
        "kp_id": point.kp_id, "rule_class": point.rule_class, "official_code": official.code if official else None,
        "primitive": compiled.primitive, "target": compiled.target, "item_name": point.item_name,
        "constraint_text": point.text, "batch": point.batch, "valid_from": point.valid_from,
        "valid_to": point.valid_to, "status": compiled.status, "source": f"{source}#{point.line}",
        "relation": params.pop("relation", None), **params,
    }  # fmt: skip
    rows = []
    for code, other in point.pairs:
        if other or not compiled.others:
            target = compiled.target if other else None
            rows.append({**base, "item_code": code, "other_item_code": other, "other_target": target})
        rows += [
            {**base, "item_code": code, "other_item_code": one.code, "other_target": one.target,
             "relation": one.relation, "other_match": one.match}
            for one in compiled.others
        ]  # fmt: skip
    return rows


def _import(
    rows: Sequence[Mapping[str, Any]], path: Path, into: Path, currency: str | None, progress: Progress | None
) -> CatalogueReport:
    """The compiled rows through the ordinary import of catalogues: typed, checked, quarantined, counted."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{path.name.split('.')[0]}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, _COLUMNS, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows({name: _cell(name, row.get(name)) for name in _COLUMNS} for row in rows)
        return import_catalogue("knowledge", file, into, correct=True, currency=currency, progress=progress)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if name == "quantity_limit":  # written in units, kept in thousandths
        return f"{value // 1000}.{value % 1000:03d}"
    return str(value)


def _unknown(rows: Sequence[Mapping[str, Any]], into: Path) -> list[str]:
    """Codes of items that the ledger's catalogue does not have; none are told where it has no catalogue."""
    wanted = {row["item_code"] for row in rows if row["target"] in ("drug", "service", "consumable")}
    if not wanted or not (into / "ledger.json").exists():
        return []
    listed = set(known_rows(open_ledger(into), get_kind("item")).column("item_code").to_pylist())
    return sorted(wanted - listed) if listed else []


def _signed(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return frozenset(row["kp_id"] for row in csv.DictReader(file))
    except (OSError, UnicodeDecodeError, KeyError) as error:
        raise PointsError(
            f"the sign-off file cannot be read: {error}", where=path.name, mend="give a CSV with a column kp_id",
            zh=f"不能读取确认文件：{error}", mend_zh="请给含 kp_id 列的 CSV",
        ) from None  # fmt: skip


def _shares(chained: Chained, compiled: Mapping[str, Compiled]) -> dict[str, dict[str, int]]:
    shares: dict[str, dict[str, int]] = {}
    for point in chained.points:
        found = shares.setdefault(point.rule_class, dict.fromkeys(STATUSES, 0))
        found[compiled[point.kp_id].status] += 1
    return shares
