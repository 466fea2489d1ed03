"""Examination reports and laboratory values for every examination that was done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from yibao.simulation.catalogue import load_catalogue, scaled
from yibao.simulation.city import City, random_for
from yibao.simulation.conditions import condition_index
from yibao.simulation.draws import mix
from yibao.simulation.frame import DAY, NONE, Array, full, take
from yibao.simulation.ids import ROOM, device_id, staff_id
from yibao.simulation.planting.cast import MARKS, UNMARKED
from yibao.simulation.tables_care import Links
from yibao.simulation.tables_people import Tables
from yibao.simulation.write import Column, data_rows, decimal

#: Region prefixes inside which each mark (national, provincial, city) is recognised; all of the country here is 99.
SCOPES = ["99", "99", "9901"]
#: Chance of each mark by level 0..3; what is left carries none.
_MARK_SHARES = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.6], [0.0, 0.1, 0.65], [0.12, 0.68, 0.1]])
_FINDINGS = ["未见明显异常", "轻度退行性改变", "局部改变，建议随访", "慢性炎性改变", "符合临床诊断，请结合临床"]
#: By how many values lie outside their reference range; the last one where no values are listed.
_LAB_FINDINGS = ["各项指标均在参考范围内", *(f"{k}项指标超出参考范围" for k in range(1, 10)), "详见检验结果"]
#: Panels with so many values never agree by chance, so they carry a fingerprint.
FINGERPRINT_FROM = 8
#: Standard deviations in the width of a reference range: of the healthy one in twenty lies outside.
_WITHIN = 3.9
#: How much what an illness does to a value differs from patient to patient (of the logarithm).
_COURSE = 0.4


@dataclass
class Reports:
    line: Array
    item: Array
    examined: Array
    reported: Array
    device: Array
    mark: Array
    fingerprint: Array


def draw_reports(city: City) -> Reports:
    """One report per examination line that was neither refunded nor left without a report on purpose."""
    lines, e, rng = city.bills.lines, city.encounters, random_for(city, "reports")
    catalogue = load_catalogue()
    done = (lines["reverses"] == NONE) & (lines["undone"] == 0) & (lines["report"] == 1)
    rows = np.flatnonzero(done & (catalogue.report_class[lines["item"]] >= 0))
    n = len(rows)
    own = take(lines, rows)
    institution = e["institution"][own["encounter"]]
    modality = catalogue.modality[own["item"]]
    pathology = np.isin(own["item"], catalogue.positions("pathology", "cervical_smear"))
    wait = np.where(modality == 5, rng.integers(40, 300, n), rng.integers(20, 200, n)) * 60
    wait = np.where(pathology, rng.integers(3, 8, n) * DAY, wait)
    examined = own["at"] + rng.integers(5, 30, n) * 60
    reported = examined + np.where(own["report_after"] == NONE, wait, own["report_after"])
    return Reports(
        line=rows,
        item=np.where(own["report_item"] == NONE, own["item"], own["report_item"]),
        examined=examined,
        reported=reported,
        device=_devices(city, institution, modality, own["report_device"], rng),
        mark=_marks(city, institution, own["report_mark"], rng),
        fingerprint=_fingerprints(city, rows, own["report_copy"]),
    )


def _devices(city: City, institution: Array, modality: Array, given: Array, rng: np.random.Generator) -> Array:
    """A machine of the right kind at the institution; scenes keep theirs to themselves."""
    first, count = (
        city.providers.device_first[institution, modality],
        city.providers.device_count[institution, modality],
    )
    drawn = first + (rng.random(len(institution)) * count).astype(np.int64)
    reserved = np.isin(drawn, [*city.cast.capacity, *(device for device, _, _ in city.cast.off)])
    drawn = np.where(reserved, np.where(drawn == first, first + 1, first), drawn)
    return np.where(given != NONE, given, np.where(count > 0, drawn, -1))


def _marks(city: City, institution: Array, given: Array, rng: np.random.Generator) -> Array:
    shares = np.cumsum(_MARK_SHARES[city.providers.level[institution]], axis=1)
    drawn = (rng.random(len(institution))[:, None] >= shares).sum(axis=1)
    drawn = np.where(drawn == len(MARKS), UNMARKED, drawn)
    return np.where(given == NONE, drawn, given)


def _fingerprints(city: City, rows: Array, copied: Array) -> Array:
    """A 64-bit fingerprint per report; a copied report has the one of the line that it was copied from."""
    serial = city.ids.block * ROOM + rows
    rows_of = city.rows_of_tags("lines")
    for k in np.flatnonzero(copied != NONE).tolist():
        serial[k] = city.ids.block * ROOM + rows_of[int(copied[k])]
    return mix(city.seed, serial)


def report_tables(city: City, links: Links) -> Tables:
    """exam_report and lab_result."""
    reports, lines, e = draw_reports(city), city.bills.lines, city.encounters
    rng = random_for(city, "findings")
    n = len(reports.line)
    catalogue = load_catalogue()
    exams = {row["key"]: row for row in data_rows("exams")}
    parts = [exams.get(row["key"], {}).get("body_part", "") for row in catalogue.rows]
    encounter = lines["encounter"][reports.line]
    institution = e["institution"][encounter]
    panels = _panels()
    wide = np.isin(reports.item, [item for item, rows in panels.items() if len(rows) >= FINGERPRINT_FROM])
    image = np.isin(catalogue.modality[reports.item], [0, 1, 2, 3, 6])
    laboratory = catalogue.modality[reports.item] == 5
    said = np.minimum(rng.geometric(0.5, n) - 1, len(_FINDINGS) - 1)
    results, outside = _results(city, reports, encounter, rng)
    words = [f"{part}{finding}" for part in parts for finding in _FINDINGS]
    measured = np.isin(reports.item, list(panels))
    sentence = np.select(
        [laboratory & measured, laboratory],
        [len(words) + outside, len(words) + len(_LAB_FINDINGS) - 1],
        reports.item * len(_FINDINGS) + said,
    )
    report: dict[str, Column] = {
        "report_id": city.ids.report(np.arange(n)),
        "person_id": city.ids.person(e["person"][encounter]),
        "encounter_id": city.ids.encounter(encounter),
        "institution_id": (institution, city.providers.ids),
        "item_code": (reports.item, catalogue.codes()),
        "order_id": city.ids.order(links.order[reports.line]),
        "body_part": (reports.item, parts),
        "examined_at": reports.examined,
        "reported_at": reports.reported,
        "device_id": device_id(reports.device),
        "staff_id": staff_id(city.providers.technician[institution] + rng.integers(0, 2, n)),
        "status": np.full(n, "final"),
        "conclusion": (sentence, words + _LAB_FINDINGS),
        "recognition_mark": (reports.mark, MARKS),
        "recognition_scope": (reports.mark, SCOPES),
        "content_hash": _hex(reports.fingerprint, image | wide),
        "quality_ok": ((rng.random(n) >= 0.01) | (lines["tag"][reports.line] > 0)).astype(np.int64),
    }
    return {"exam_report": (report, n), "lab_result": results}


def _panels() -> dict[int, list[dict[str, str]]]:
    """The analytes of each laboratory item."""
    index = load_catalogue().index
    panels: dict[int, list[dict[str, str]]] = {}
    for row in data_rows("analytes"):
        panels.setdefault(index[row["key"]], []).append(row)
    return panels


def _deviations() -> dict[tuple[int, str], list[tuple[int, float]]]:
    """By laboratory item and analyte: which illness moves the value by how many widths of its reference range."""
    index, moved = load_catalogue().index, dict[tuple[int, str], list[tuple[int, float]]]()
    for row in data_rows("deviations"):
        illness = (condition_index()[row["condition"]], float(row["shift"]))
        moved.setdefault((index[row["key"]], row["analyte"]), []).append(illness)
    return moved


def _hex(values: Array, shown: Array) -> pa.Array:
    text = [f"{value:016x}" if keep else None for value, keep in zip(values.tolist(), shown.tolist(), strict=True)]
    return pa.array(text, pa.string())


def _results(
    city: City, reports: Reports, encounter: Array, rng: np.random.Generator
) -> tuple[tuple[dict[str, Column], int], Array]:
    """Values around the reference range, moved by what people suffer from, and per report how many lie outside it."""
    person, treated = city.encounters["person"][encounter], city.encounters["condition"][encounter]
    moved = _deviations()
    columns: dict[str, list[pa.Array]] = {name: [] for name in ("value", "low", "high", "unit", "analyte", "flag")}
    owner: list[Array] = []
    outside = full(len(reports.item), 0)
    for item, analytes in _panels().items():
        rows = np.flatnonzero(reports.item == item)
        for analyte in analytes:
            places = int(analyte["places"])
            low, high = scaled(analyte["low"], places), scaled(analyte["high"], places)
            width = max(high - low, 1)
            drawn = rng.normal((low + high) / 2, width / _WITHIN, len(rows))
            for condition, shift in moved.get((item, analyte["analyte"]), []):
                ill = (treated[rows] == condition) | city.people.chronic[person[rows], condition]
                course = np.exp(rng.normal(0, _COURSE, len(rows)))
                drawn = np.where(ill, drawn + width * shift * course, drawn)
            value = np.maximum(np.rint(drawn), max(low // 3, 1)).astype(np.int64)
            flag = np.select([value > high, value < low], [1, 2], 0)
            n = len(rows)
            outside[rows] += flag > 0
            owner.append(rows)
            columns["value"].append(decimal(value, places).cast(pa.string()))
            for name, text in (("low", analyte["low"]), ("high", analyte["high"]), ("unit", analyte["unit"])):
                columns[name].append(pa.repeat(pa.scalar(text), n))
            columns["analyte"].append(pa.repeat(pa.scalar(analyte["analyte"]), n))
            columns["flag"].append(
                pa.DictionaryArray.from_arrays(pa.array(flag, pa.int32()), ["N", "H", "L"]).cast(pa.string())
            )
    report = np.concatenate(owner)
    order = np.argsort(report, kind="stable")
    arrays = {name: pa.concat_arrays(parts).take(pa.array(order)) for name, parts in columns.items()}
    report = report[order]
    values: dict[str, Column] = {
        "report_id": city.ids.report(report),
        "analyte": arrays["analyte"],
        "person_id": city.ids.person(person[report]),
        "value": arrays["value"],
        "unit": arrays["unit"],
        "reference_low": arrays["low"],
        "reference_high": arrays["high"],
        "flag": arrays["flag"],
    }
    return (values, len(report)), outside
