"""The city's own item catalogue, examination classes and knowledge points (all codes are synthetic)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from yibao.engine.money import round_half_up_array
from yibao.simulation.frame import DAY, NONE, Array, day, full, ints, repeat_ranges
from yibao.simulation.geography import PROVINCE
from yibao.simulation.seasons import CUT_ITEMS, CUT_TO, PRICE_CUT
from yibao.simulation.write import Column, data_rows

VALID_FROM = day("2020-01-01")
#: A code of old that some hospitals still send, and the day it was replaced.
RETIRED_CODE, RETIRED_ON = "990299980000000", day("2025-01-01")
#: Prices of services by level 0..3 in basis points of the catalogue's (that of the third level).
SERVICE_LEVEL = (8_000, 8_400, 9_200, 10_000)


def scaled(text: str, places: int) -> int:
    """A decimal text as an integer of its last place, exactly: ``scaled("0.165", 6)`` is 165000; empty is missing."""
    if not text:
        return NONE
    whole, _, fraction = text.partition(".")
    return int(whole) * 10**places + int(fraction.ljust(places, "0") or 0)


@dataclass(frozen=True)
class Catalogue:
    """One array element per item; ``index`` finds an item's position by its short key."""

    rows: list[dict[str, str]]
    index: dict[str, int]
    price: Array
    ceiling: Array
    first_share: Array
    uncovered: Array
    drug: Array
    pack: Array
    min_level: Array
    service: Array
    procured: Array
    charge_type: Array
    report_class: Array
    group: Array
    equal_window: Array
    related_window: Array
    modality: Array

    def price_at(self, item: Array, level: Array, at: Array) -> Array:
        """Unit price in millionths of a yuan: services by level, to the fen; what was procured anew from its day on."""
        service = np.where(self.service[item], np.array(SERVICE_LEVEL)[np.clip(level, 0, 3)], 10_000)
        price = round_half_up_array(self.price[item] * service, 100_000_000) * 10_000
        price = np.where(service == 10_000, self.price[item], price)
        cut = self.procured[item] & (at >= PRICE_CUT * DAY)
        return np.where(cut, round_half_up_array(price * CUT_TO, 10_000), price)

    def codes(self) -> list[str]:
        return [row["code"] for row in self.rows]

    def words(self, column: str) -> list[str]:
        return [row[column] for row in self.rows]

    def positions(self, *keys: str) -> Array:
        return ints([self.index[key] for key in keys])


#: Kinds of device an examination is done on; the order is the number used in ``Catalogue.modality``.
MODALITIES = ["ct", "mri", "us", "dr", "ecg", "lab", "endoscope", "other"]
_DEVICE_OF = {"CT": 0, "MRI": 1, "US": 2, "DR": 3, "MG": 3, "DXA": 3, "ECG": 4, "LAB": 5, "PATH": 5, "ENDO": 6}


@functools.cache
def load_catalogue() -> Catalogue:
    """The shipped demonstration catalogue."""
    rows, exams = data_rows("items"), {row["key"]: row for row in data_rows("exams")}
    n = len(rows)
    class_names = sorted({row["exam_class"] for row in exams.values()})
    group_names = sorted({row["related_group"] for row in exams.values() if row["related_group"]})
    report_class, group, modality = full(n, -1), full(n, -1), full(n, -1)
    equal_window, related_window = full(n, 0), full(n, 0)
    for i, row in enumerate(rows):
        exam = exams.get(row["key"])
        if exam is None:
            continue
        report_class[i] = class_names.index(exam["exam_class"])
        equal_window[i] = int(exam["equal_window_days"])
        modality[i] = _DEVICE_OF.get(exam["modality"], 7)
        if exam["related_group"]:
            group[i] = group_names.index(exam["related_group"])
            related_window[i] = int(exam["related_window_days"])
    return Catalogue(
        rows=rows,
        index={row["key"]: i for i, row in enumerate(rows)},
        price=ints([scaled(row["price"], 6) for row in rows]),
        ceiling=ints([scaled(row["ceiling"], 6) for row in rows]),
        first_share=ints([scaled(row["first_share"], 4) for row in rows]),
        uncovered=np.array([row["payment_class"] == "03" for row in rows]),
        drug=np.array([row["list_type"] in ("101", "102") for row in rows]),
        pack=ints([int(row["pack_factor"]) for row in rows]),
        min_level=ints([int(row["min_level"]) for row in rows]),
        service=np.array([row["list_type"] == "201" for row in rows]),
        procured=np.array([row["key"] in CUT_ITEMS for row in rows]),
        charge_type=np.array([row["charge_type"] for row in rows]),
        report_class=report_class,
        group=group,
        equal_window=equal_window,
        related_window=related_window,
        modality=modality,
    )


@functools.cache
def dosing(column: str) -> tuple[Array, list[str]]:
    """How a drug is usually taken, ``dose`` or ``frequency``: each item's position among the words, -1 for no drug."""
    told = {row["key"]: row[column] for row in data_rows("doses")}
    words = sorted(set(told.values()))
    return ints([words.index(told[row["key"]]) if row["key"] in told else -1 for row in load_catalogue().rows]), words


def catalogue_tables() -> dict[str, tuple[dict[str, Column], int]]:
    """Raw columns of catalogue_item, exam_class and knowledge_point."""
    catalogue = load_catalogue()
    rows = catalogue.rows
    texts = ("name", "name_en", "list_type", "charge_type", "payment_class", "pricing_unit", "pack_unit", "restriction")
    # What was procured anew has a second row from that day on.
    cut = np.flatnonzero(catalogue.procured)
    row = np.concatenate([np.arange(len(rows)), cut])
    again = np.arange(len(row)) >= len(rows)
    items: dict[str, Column] = {name: np.array(catalogue.words(name), dtype=object)[row] for name in texts}
    items |= {
        "item_code": np.array(catalogue.codes(), dtype=object)[row],
        "valid_from": np.where(again, PRICE_CUT, VALID_FROM),
        "valid_to": np.where(catalogue.procured[row] & ~again, PRICE_CUT, NONE),
        "unit_price": catalogue.price_at(row, full(len(row), 3), np.where(again, PRICE_CUT, VALID_FROM) * DAY),
        "ceiling_price": catalogue.ceiling[row],
        "first_share_rate": catalogue.first_share[row],
        "pack_factor": catalogue.pack[row],
        "ingredient_code": np.array(catalogue.words("ingredient"), dtype=object)[row],
    }
    items, listed = _with_retired(items, len(row))
    code = {row["key"]: row["code"] for row in rows}
    exams, points = data_rows("exams"), data_rows("knowledge_points")
    exam_texts = ("exam_class", "class_name", "class_name_en", "modality", "body_part", "contrast", "related_name")
    classes: dict[str, Column] = {name: _words(exams, name) for name in (*exam_texts, "related_name_en")}
    classes |= {name: _numbers(exams, name) for name in ("equal_window_days", "related_window_days", "report_lag_days")}
    classes["item_code"] = np.array([code[row["key"]] for row in exams], dtype=object)
    # An item without relatives forms a group of its own class, so that a join on groups finds nothing else in it.
    classes["related_group"] = np.array([row["related_group"] or row["exam_class"] for row in exams], dtype=object)
    classes["valid_from"] = full(len(exams), VALID_FROM)
    known = _knowledge_points(points, code)
    return {
        "catalogue_item": (items, listed),
        "price_cap": _price_caps(),
        "exam_class": (classes, len(exams)),
        "knowledge_point": (known, len(points)),
    }


#: Columns of a knowledge point that are written as they stand, and whole numbers, and quantities.
_POINT_TEXTS = (
    "kp_id", "rule_class", "official_code", "primitive", "target", "constraint_text", "sex", "limit_unit",
    "time_window", "other_target", "relation", "schemes", "care_kinds", "level_from", "combination", "surgery_group",
    "departments", "staff_titles",
)  # fmt: skip
_POINT_NUMBERS = ("age_from_days", "age_to_days", "interval_days", "course_days", "days_limit")
_POINT_QUANTITIES = ("quantity_limit", "daily_quantity")


def _knowledge_points(points: list[dict[str, str]], code: dict[str, str]) -> dict[str, Column]:
    """Raw columns of knowledge_point; both codes of a row are items', or categories of diagnoses or operations."""
    catalogue = load_catalogue()
    known: dict[str, Column] = {name: _words(points, name) for name in _POINT_TEXTS}
    known |= {name: _numbers(points, name) for name in _POINT_NUMBERS}
    known |= {name: ints([scaled(row[name], 3) for row in points]) for name in _POINT_QUANTITIES}
    known["fund_limit"] = ints([scaled(row["fund_limit"], 2) for row in points])
    known["item_code"] = np.array([code.get(row["item"], row["item"]) for row in points], dtype=object)
    others = [code[row["other_item"]] if row["other_item"] else row["other_code"] for row in points]
    known["other_item_code"] = np.array(others, dtype=object)
    name = {row["key"]: row["name"] for row in catalogue.rows}
    names = [name.get(row["item"], "") for row in points]
    known["item_name"] = np.array(names, dtype=object)
    known["batch"] = np.full(len(points), "demo", dtype=object)
    known["valid_from"] = full(len(points), VALID_FROM)
    known["status"] = np.full(len(points), "compiled", dtype=object)
    return known


def _with_retired(items: dict[str, Column], n: int) -> tuple[dict[str, Column], int]:
    """``items`` and a consultation of old that was replaced at the turn of the year."""
    own = {"item_code": RETIRED_CODE, "valid_to": RETIRED_ON, "name": "住院诊查费（旧码）"}
    last = load_catalogue().index["ward_round"]
    more: dict[str, Column] = {}
    for name, column in items.items():
        values = np.asarray(column)
        more[name] = np.concatenate([values, np.array([own.get(name, values[last])], dtype=values.dtype)])
    return more, n + 1


def _price_caps() -> tuple[dict[str, Column], int]:
    """The highest price of every service by level of the institution, in the whole province."""
    catalogue = load_catalogue()
    service = np.flatnonzero(catalogue.service & ~catalogue.uncovered)
    row, level = repeat_ranges(full(len(service), 4))
    item = service[row]
    n = len(item)
    return {
        "item_code": np.array(catalogue.codes(), dtype=object)[item],
        "region_code": np.full(n, PROVINCE),
        "institution_level": level,
        "valid_from": full(n, VALID_FROM),
        "cap_price": catalogue.price_at(item, level, full(n, VALID_FROM * DAY)),
        "source": np.full(n, "云海医保发〔2019〕31号", dtype=object),
    }, n


def _words(rows: list[dict[str, str]], column: str) -> Array:
    return np.array([row[column] for row in rows], dtype=object)


def _numbers(rows: list[dict[str, str]], column: str) -> Array:
    return ints([int(row[column]) if row[column] else NONE for row in rows])
