"""Institutions, devices, stock and catalogues around the benchmark's charge lines."""

from __future__ import annotations

import numpy as np

from yibao.simulation.catalogue import MODALITIES, catalogue_tables, load_catalogue
from yibao.simulation.frame import YEAR_FIRST, Array, full
from yibao.simulation.providers import DEVICE_CAPACITY, DEVICES_SINCE
from yibao.simulation.tables_people import Tables
from yibao.simulation.write import Column, running


def fixed_tables(sold: Array, hospitals: int, centres: int) -> Tables:
    """institution, bed_device, stock_move, catalogue_item, exam_class and knowledge_point.

    ``sold`` holds thousandths of pricing units by institution, item and month of thirty days; stock covers all of it
    but at one in 300 pairs of institution and item.
    """
    return catalogue_tables() | {
        "institution": _institutions(len(sold), hospitals, centres),
        "bed_device": _devices(hospitals),
        "stock_move": _stock(sold),
    }


def _institutions(n: int, hospitals: int, centres: int) -> tuple[dict[str, Column], int]:
    number = np.arange(n)
    hospital, centre = number < hospitals, number < hospitals + centres
    return {
        "institution_id": running("H990100", number + 1, 5),
        "name": running("机构", number + 1, 3),
        "kind": np.select([hospital, centre], [1, 3], 2),
        "level": np.select([number % 3 == 0, hospital, centre], [np.where(hospital, 3, 1), 2, 1], 0),
        "region_code": np.full(n, "990100"),
        "beds": np.where(hospital, 800, 0),
    }, n


def _devices(hospitals: int) -> tuple[dict[str, Column], int]:
    n = hospitals * len(MODALITIES)
    modality = np.arange(n) % len(MODALITIES)
    return {
        "device_id": running("E990100", np.arange(n) + 1, 5),
        "begin_at": full(n, DEVICES_SINCE),
        "institution_id": running("H990100", np.arange(n) // len(MODALITIES) + 1, 5),
        "kind": (modality, MODALITIES),
        "status": np.full(n, "on"),
        "daily_capacity": np.array([DEVICE_CAPACITY[kind] for kind in MODALITIES])[modality],
    }, n


def _stock(sold: Array) -> tuple[dict[str, Column], int]:
    """Boxes bought at the beginning of each month of thirty days, before what that month sells."""
    catalogue = load_catalogue()
    goods = np.array([row["list_type"] != "201" for row in catalogue.rows])
    institution, item, month = np.nonzero(sold * goods[None, :, None])
    pack = catalogue.pack[item] * 1000
    boxes = -(-sold[institution, item, month] // pack) + 1
    short = (institution * 31 + item) % 300 == 0
    boxes = np.where(short & (month > 0), boxes // 3, boxes)
    n = len(item)
    codes = catalogue.codes()
    return {
        "move_id": running("W2025", np.arange(n) + 1, 11),
        "institution_id": running("H990100", institution + 1, 5),
        "item_code": (item, codes),
        "kind": (np.where(month == 0, 0, 1), ["opening", "purchase"]),
        "moved_on": YEAR_FIRST + month * 30,
        "quantity": boxes * 1000,
        "unit": np.full(n, "pack"),
    }, n
