"""Write a seeded synthetic city as raw national files, with what was planted in it."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yibao.errors import UsageError
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import (
    City,
    build_city,
    encounter_id,
    institution_ids,
    line_id,
    person_id,
    staff_id,
)
from yibao.simulation.conditions import departments
from yibao.simulation.dirt import Dirt, write_charge_lines, write_encounters
from yibao.simulation.frame import ints
from yibao.simulation.planting.cast import Truth
from yibao.simulation.reports import report_tables
from yibao.simulation.stock import move_id, stock_tables
from yibao.simulation.tables_care import care_tables, link_lines
from yibao.simulation.tables_money import money_tables
from yibao.simulation.tables_people import Tables, code_tables, people_tables, provider_tables
from yibao.simulation.write import table, write

SMALLEST_CITY = 1_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulationReport:
    """What was written: rows per table, planted objects per rule and role, dirt, and the total billed in fen."""

    persons: int
    seed: int
    out: Path
    tables: dict[str, int]
    truths: dict[str, dict[str, int]]
    dirt: list[Dirt]
    charged_fen: int
    seconds: float
    orders: list[Path] = field(default_factory=list)


def simulate(persons: int, seed: int, out: Path, progress: Progress | None = None) -> SimulationReport:
    """Write a city of ``persons`` people into ``out/raw``, ``out/truth`` and ``out/orders``.

    The same ``persons`` and ``seed`` give the same content anywhere. ``progress(stage, done, total)`` is called after
    each stage. Raises :class:`yibao.errors.UsageError` for a city too small for its scenes.
    """
    if persons < SMALLEST_CITY:
        raise UsageError(f"{persons} persons are too few", mend=f"simulate at least {SMALLEST_CITY}")
    begun = time.perf_counter()
    city = build_city(persons, seed)
    links = link_lines(city)
    stages: list[tuple[str, Callable[[], Tables]]] = [
        ("institutions", lambda: provider_tables(city)),
        ("catalogues", code_tables),
        ("people", lambda: people_tables(city)),
        ("care", lambda: care_tables(city, links)),
        ("money", lambda: money_tables(city, links)),
        ("reports", lambda: report_tables(city, links)),
        ("stock", lambda: stock_tables(city)),
    ]
    raw = out / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    dirt: list[Dirt] = []
    for number, (stage, tables) in enumerate(stages, 1):
        for name, (columns, rows) in tables().items():
            arrow = table(name, columns, rows)
            counts[name] = rows
            if name == "charge_line":
                dirt += write_charge_lines(raw, arrow)
            elif name == "encounter":
                dirt += write_encounters(raw, arrow)
            else:
                write(raw / f"{name}.csv", arrow)
        if progress is not None:
            progress(stage, number, len(stages))
    truths = _write_truth(city, out / "truth", dirt)
    orders = _write_orders(city, out / "orders")
    charged = int(city.bills.lines["amount"].sum())
    return SimulationReport(persons, seed, out, counts, truths, dirt, charged, time.perf_counter() - begun, orders)


def _write_truth(city: City, folder: Path, dirt: Sequence[Dirt]) -> dict[str, dict[str, int]]:
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, dict[str, int]] = {}
    rows = []
    for number, truth in enumerate(city.cast.truths, 1):
        roles = counts.setdefault(truth.rule, {"positive": 0, "lookalike": 0})
        roles[truth.role] += 1
        person = "" if truth.person is None else person_id(ints([truth.person]))[0].as_py()
        reference = _reference(city, truth)
        rows.append([f"T{number:05d}", truth.rule, truth.role, truth.table, reference, person, truth.note])
    header = ["truth_id", "truth_rule", "truth_role", "ref_table", "ref_id", "person_id", "note"]
    _write_csv(folder / "truth.csv", header, rows)
    pieces = [[piece.file, piece.kind, piece.rows, piece.fen] for piece in dirt]
    _write_csv(folder / "dirt.csv", ["file", "kind", "rows", "fen"], pieces)
    return dict(sorted(counts.items()))


def _write_csv(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _reference(city: City, truth: Truth) -> str:
    """The identifier in the raw files of what was planted."""
    if truth.table == "charge_line":
        return str(line_id(ints([city.line_row(int(truth.handle))]))[0])
    if truth.table == "encounter":
        return str(encounter_id(ints([city.encounter_row(int(truth.handle))]))[0])
    kind, _, name = str(truth.handle).partition(":")
    if kind == "institution":
        return institution_ids(city.providers)[city.providers.index[name]]
    return str(move_id(ints([int(name)]))[0])


def _write_orders(city: City, folder: Path) -> list[Path]:
    """The draft orders, one JSON file each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    catalogue, encounters = load_catalogue(), city.encounters
    for draft in city.drafts:
        row = city.encounter_row(draft.encounter)
        one = ints([row])
        order = {
            "person_id": person_id(ints([draft.person]))[0].as_py(),
            "institution_id": institution_ids(city.providers)[int(encounters["institution"][row])],
            "staff_id": staff_id(encounters["staff"][one])[0].as_py(),
            "encounter_id": encounter_id(one)[0].as_py(),
            "department": departments()[int(encounters["department"][row])],
            "ordered_at": draft.ordered_at,
            "orders": [
                {"order_id": "draft-1", "item_code": catalogue.codes()[catalogue.index[draft.item]], "quantity": 1}
            ],
        }
        path = folder / f"{draft.name}.json"
        path.write_text(json.dumps(order, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        paths.append(path)
    return paths
