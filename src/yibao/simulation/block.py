"""One block of people from draw to files: a pure function of the seed and the block's number."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.city import City, build_city
from yibao.simulation.conditions import departments
from yibao.simulation.dirt import Dirt, write_charge_lines, write_death_sources, write_encounters, write_terminal_events
from yibao.simulation.frame import NONE, Array, ints
from yibao.simulation.ids import staff_id
from yibao.simulation.measures import Measures, measure
from yibao.simulation.planting.cast import Truth
from yibao.simulation.providers import Providers
from yibao.simulation.reports import report_tables
from yibao.simulation.stock import stock_tables
from yibao.simulation.tables_care import care_tables, link_lines
from yibao.simulation.tables_events import event_tables
from yibao.simulation.tables_money import money_tables
from yibao.simulation.tables_notes import note_tables
from yibao.simulation.tables_people import Tables, people_tables
from yibao.simulation.tables_protection import protection_tables
from yibao.simulation.tables_providers import bed_table
from yibao.simulation.tables_region import region_tables
from yibao.simulation.tables_survey import survey_tables
from yibao.simulation.tables_ward import ward_tables
from yibao.simulation.write import table, write


@dataclass(frozen=True)
class BlockReport:
    """What one block wrote: rows per table, truth rows, dirt, drafts, sums, machines of its scenes."""

    tables: dict[str, int]
    truths: list[list[object]]
    dirt: list[Dirt]
    orders: list[Path]
    charged_fen: int
    measures: Measures
    capacity: dict[int, int]
    off: list[tuple[int, int, int]]
    suspended: list[tuple[int, int, int]]


def write_block(
    out: Path, block: int | None, persons: int, providers: Providers, seed: int, dirty: bool
) -> BlockReport:
    """Draw, treat, bill and write one block; ``block`` None is a province of one, whose files carry no number."""
    city = build_city(persons, seed, block or 0, providers)
    links = link_lines(city)
    stages: list[Callable[[], Tables]] = [
        lambda: people_tables(city),
        lambda: protection_tables(city),
        lambda: bed_table(city),
        lambda: care_tables(city, links),
        lambda: ward_tables(city, links),
        lambda: note_tables(city),
        lambda: money_tables(city, links),
        lambda: report_tables(city, links),
        lambda: stock_tables(city),
        lambda: event_tables(city),
        lambda: region_tables(city),
        lambda: survey_tables(city),
    ]
    raw, part = out / "raw", "" if block is None else f"_{block + 1:03d}"
    counts: dict[str, int] = {}
    dirt: list[Dirt] = []
    for tables in stages:
        for name, (columns, rows) in tables().items():
            arrow = table(name, columns, rows)
            counts[name] = rows
            if dirty and name == "charge_line":
                dirt += write_charge_lines(raw, arrow, part, _plain_consultations(city))
            elif dirty and name in _DIRTY:
                dirt += _DIRTY[name](raw, arrow, part)
            else:
                write(raw / f"{name}{part}.csv", arrow)
    return BlockReport(
        tables=counts,
        truths=_truths(city),
        dirt=dirt,
        orders=_write_orders(city, out / "orders") if not block else [],
        charged_fen=int(city.bills.lines["amount"].sum()),
        measures=measure(city),
        capacity=city.cast.capacity,
        off=city.cast.off,
        suspended=city.cast.suspended,
    )


#: Tables that come with dirt of their own.
_DIRTY = {
    "encounter": write_encounters,
    "death_source": write_death_sources,
    "terminal_event": write_terminal_events,
}


def _plain_consultations(city: City) -> Array:
    """Lines of ward rounds that no scene and no refund touches."""
    lines = city.bills.lines
    rounds = lines["item"] == load_catalogue().index["ward_round"]
    scene = city.encounters["tag"][lines["encounter"]] > 0
    plain: Array = np.flatnonzero(rounds & ~scene & (lines["undone"] == 0) & (lines["reverses"] == NONE))
    return plain


def _truths(city: City) -> list[list[object]]:
    """Rule, role, kind, strength, table, identifier, person and note of everything planted."""
    lines = city.rows_of_tags("lines")
    encounters = city.rows_of_tags("encounters")
    rows: list[list[object]] = []
    for truth in city.cast.truths:
        person = "" if truth.person is None else city.ids.person(ints([truth.person]))[0].as_py()
        reference = _reference(city, truth, lines, encounters)
        rows.append([truth.rule, truth.role, truth.kind, truth.strength, truth.table, reference, person, truth.note])
    return rows


def _reference(city: City, truth: Truth, lines: dict[int, int], encounters: dict[int, int]) -> str:
    """The identifier in the raw files of what was planted."""
    if truth.table == "charge_line":
        return str(city.ids.line(ints([lines[int(truth.handle)]]))[0])
    if truth.table == "encounter":
        return str(city.ids.encounter(ints([encounters[int(truth.handle)]]))[0])
    kind, _, name = str(truth.handle).partition(":")
    if kind == "institution":
        return city.providers.ids[city.providers.index[name]]
    if kind == "twin":
        return str(city.ids.person(ints([city.people.count + int(name)]))[0])
    if kind == "person":
        return str(city.ids.person(ints([int(name)]))[0])
    return str(city.ids.event("W", ints([int(name)]))[0])


def _write_orders(city: City, folder: Path) -> list[Path]:
    """The draft orders, one JSON file each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    catalogue, encounters, rows = load_catalogue(), city.encounters, city.rows_of_tags("encounters")
    for draft in city.drafts:
        row = rows[draft.encounter]
        one = ints([row])
        order = {
            "person_id": city.ids.person(ints([draft.person]))[0].as_py(),
            "institution_id": city.providers.ids[int(encounters["institution"][row])],
            "staff_id": staff_id(encounters["staff"][one])[0].as_py(),
            "encounter_id": city.ids.encounter(one)[0].as_py(),
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
