"""Figures of institutions by groups: case mix, cost and time, groups, deaths and readmissions.

Every figure names its variant, because institutions report different ones under one name. A figure that rests on too
few cases has no value. Sources: definitions in use in CHS-DRG performance evaluation; exact intervals: Garwood (counts
over what the groups let expect), Clopper-Pearson (shares).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.ledger.contracts import load_contracts
from yibao.measures import clopper_pearson_interval, observed_expected

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MILLION = 1_000_000
DIED, TRANSFERRED = "5", "2"


@dataclass(frozen=True)
class Limits:
    """From when on a figure is given, and what counts.

    ``fewest_cases`` a figure of an institution needs; ``fewest_expected`` events a comparison with the expected needs;
    ``fewest_in_group`` a group needs to be a yardstick. Stays longer than ``longest_stay`` days or cheaper than
    ``least_cost`` (minor units) need not be grouped. Readmissions count within ``window_days``.
    """

    fewest_cases: int = 10
    fewest_expected: float = 5.0
    fewest_in_group: int = 5
    longest_stay: int = 60
    least_cost: int = 500
    window_days: int = 31


def institution_indices(case_group: pa.Table, limits: Limits | None = None) -> pa.Table:
    """Rows of ``casemix_index`` from the rows of ``case_group`` of one pack and period (at least one case).

    The region that institutions are compared with are all cases of the table, their own included.
    """
    counted = _Counted(case_group, limits or Limits())
    rows = [row for measure in _MEASURES for row in measure(counted)]
    schema = load_contracts()["casemix_index"].arrow_schema()
    period = {"period_from": counted.first, "period_to": counted.until}
    return pa.Table.from_pylist([row | period for row in rows], schema=schema).sort_by(
        [("institution_id", "ascending"), ("measure", "ascending"), ("variant", "ascending")]
    )


class _Counted:
    """Cases as arrays: institution and group by number, and what is summed by them."""

    def __init__(self, table: pa.Table, limits: Limits) -> None:
        held = pc.equal(table["status"], "quarantined")
        table = table.filter(pc.and_(pc.invert(held), pc.is_valid(table["institution_id"])))
        self.limits = limits
        self.institution, self.institutions = _numbered(table["institution_id"])
        self.group, self.groups = _numbered(table["group_code"])
        self.grouped = pc.equal(table["status"], "grouped").to_numpy(zero_copy_only=False)
        self.weight = table["weight_ppm"].cast(pa.float64()).fill_null(np.nan).to_numpy()
        self.cost = table["amount"].fill_null(0).to_numpy().astype(np.float64)
        self.days = table["los_days"].cast(pa.float64()).fill_null(np.nan).to_numpy()
        self.died = pc.equal(table["discharge_way"], DIED).fill_null(False).to_numpy(zero_copy_only=False)
        self.moved_on = pc.equal(table["discharge_way"], TRANSFERRED).fill_null(False).to_numpy(zero_copy_only=False)
        left = table["discharged_at"].cast(pa.timestamp("s")).to_numpy().astype("datetime64[D]")
        self.person, _ = _numbered(table["person_id"])
        self.left, self.came = left, left - np.where(np.isnan(self.days), 0, self.days).astype("timedelta64[D]")
        known = left[~np.isnat(left)]
        self.first = known.min().item() if len(known) else None
        self.until = known.max().item() + timedelta(days=1) if len(known) else None

    def by_institution(self, values: Any, where: Bools | None = None) -> Floats:
        """Sums of values by institution."""
        chosen = slice(None) if where is None else where
        worth = np.broadcast_to(np.asarray(values, np.float64), self.institution.shape)[chosen]
        return np.bincount(self.institution[chosen], worth, len(self.institutions)).astype(np.float64)

    def by_group(self, values: Any, where: Bools) -> Floats:
        """For every case the mean of values over the cases of its group."""
        worth = np.broadcast_to(np.asarray(values, np.float64), self.group.shape)[where]
        sums = np.bincount(self.group[where], worth, len(self.groups))
        counts = np.bincount(self.group[where], minlength=len(self.groups))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Floats = (sums / counts)[self.group]
        return mean

    def yardstick(self, where: Bools) -> Bools:
        """Cases of groups that have enough cases to be compared with."""
        counts = np.bincount(self.group[where], minlength=len(self.groups))
        return where & (counts >= self.limits.fewest_in_group)[self.group]

    def rows(self, measure: str, variant: str, cases: Floats, **columns: Floats) -> Iterator[dict[str, Any]]:
        """One row per institution that has cases; figures in millionths where the column says so."""
        few = cases < self.limits.fewest_cases
        for place, name in enumerate(self.institutions):
            if not cases[place]:
                continue
            row: dict[str, Any] = {
                "institution_id": name, "measure": measure, "variant": variant, "cases": int(cases[place])
            }  # fmt: skip
            if few[place]:
                yield row | {"note": "too few"}
                continue
            for column, values in columns.items():
                value = float(values[place])
                scale = MILLION if column.endswith("_ppm") else 1
                row[column] = None if np.isnan(value) else round(value * scale)
            yield row


def _cmi(c: _Counted) -> Iterator[dict[str, Any]]:
    weighted = c.grouped & ~np.isnan(c.weight)
    cases, weights = c.by_institution(1, weighted), c.by_institution(np.nan_to_num(c.weight), weighted)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = weights / cases / MILLION
    yield from c.rows("cmi", "mean_weight", cases, numerator=weights, denominator=cases, value_ppm=value)


def _efficiency(c: _Counted) -> Iterator[dict[str, Any]]:
    """Both variants of both indices.

    Over cases the ratios to the group's mean sum to what they sum to over groups: Σ n_g (mean_hg / mean_g).
    """
    for measure, values in (("cost_index", c.cost), ("time_index", c.days)):
        compared = c.yardstick(c.grouped & (np.nan_to_num(values) > 0))
        mean = c.by_group(np.nan_to_num(values), compared)
        cases = c.by_institution(1, compared)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = c.by_institution(np.nan_to_num(values / mean), compared) / cases
            spent, due = c.by_institution(np.nan_to_num(values), compared), c.by_institution(mean, compared)
            sums = spent / due
        yield from c.rows(measure, "mean_of_ratios", cases, denominator=cases, value_ppm=ratios)
        yield from c.rows(
            measure, "ratio_of_sums", cases, numerator=spent, denominator=cases, expected_ppm=due, value_ppm=sums
        )


def _groups(c: _Counted) -> Iterator[dict[str, Any]]:
    own = np.unique(c.institution[c.grouped] * max(len(c.groups), 1) + c.group[c.grouped]) // max(len(c.groups), 1)
    covered = np.bincount(own, minlength=len(c.institutions)).astype(np.float64)
    seen = np.full_like(covered, len(np.unique(c.group[c.grouped])))
    cases = c.by_institution(1, c.grouped)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = covered / seen
    yield from c.rows("groups", "of_region", cases, numerator=covered, denominator=seen, value_ppm=share)


def _grouped_rate(c: _Counted) -> Iterator[dict[str, Any]]:
    eligible = (np.nan_to_num(c.days) <= c.limits.longest_stay) & (c.cost >= c.limits.least_cost)
    cases, grouped = c.by_institution(1, eligible), c.by_institution(1, eligible & c.grouped)
    yield from _share(c, "grouped_rate", "of_eligible", grouped, cases)


def _low_risk(c: _Counted) -> Iterator[dict[str, Any]]:
    """Deaths in groups of low risk: those whose log mortality is more than a standard deviation below the mean."""
    measured = c.yardstick(c.grouped)
    mortality = np.full(len(c.groups), np.nan)
    mortality[c.group[measured]] = c.by_group(c.died, measured)[measured]
    log = np.log(mortality[mortality > 0])
    limit = float(np.exp(log.mean() - log.std())) if len(log) else 0.0
    low = measured & (mortality[c.group] > 0) & (mortality[c.group] < limit)
    yield from _share(c, "low_risk_mortality", "share", c.by_institution(c.died, low), c.by_institution(1, low))


def _mortality(c: _Counted) -> Iterator[dict[str, Any]]:
    yield from _over_expected(c, "mortality", c.yardstick(c.grouped), c.died)


def _readmission(c: _Counted) -> Iterator[dict[str, Any]]:
    """Discharges alive and home, long enough before the data end; coming back anywhere counts, planned or not."""
    last = c.left[~np.isnat(c.left)]
    if not len(last):
        return
    window = np.timedelta64(c.limits.window_days, "D")
    settled = c.left <= last.max() - window
    judged = c.yardstick(c.grouped & ~c.died & ~c.moved_on & settled)
    yield from _over_expected(c, "readmission", judged, _comes_back(c, window))


def _comes_back(c: _Counted, window: np.timedelta64) -> Bools:
    """Whether the person's next stay begins 1 to ``window`` days after this one ends."""
    order = np.lexsort((c.came, c.person))
    person, came, left = c.person[order], c.came[order], c.left[order]
    gap = came[1:] - left[:-1]
    back = np.zeros(len(order), np.bool_)
    back[:-1] = (person[1:] == person[:-1]) & (gap >= np.timedelta64(1, "D")) & (gap <= window)
    found = np.zeros(len(order), np.bool_)
    found[order] = back
    return found


def _over_expected(c: _Counted, measure: str, judged: Bools, event: Bools) -> Iterator[dict[str, Any]]:
    rate = c.by_group(event, judged)
    cases, observed = c.by_institution(1, judged), c.by_institution(event, judged)
    expected = c.by_institution(np.nan_to_num(rate), judged)
    found = observed_expected(observed, expected)
    for row in c.rows(
        measure, "by_group", cases, numerator=observed, denominator=cases, expected_ppm=expected,
        value_ppm=found.ratio, lower_ppm=found.lower, upper_ppm=found.upper,
    ):  # fmt: skip
        if "note" not in row:
            row["note"] = _judged(row, c.limits)
        yield row


def _judged(row: dict[str, Any], limits: Limits) -> str | None:
    """What the interval says; what rests on too few expected events is not given."""
    if row["expected_ppm"] < limits.fewest_expected * MILLION:
        row.update(dict.fromkeys(("numerator", "value_ppm", "lower_ppm", "upper_ppm")))
        return "too few"
    if row["lower_ppm"] > MILLION:
        return "above expected"
    return "below expected" if row["upper_ppm"] < MILLION else None


def _share(c: _Counted, measure: str, variant: str, hits: Floats, cases: Floats) -> Iterator[dict[str, Any]]:
    lower, upper = clopper_pearson_interval(hits, cases)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = hits / cases
    yield from c.rows(
        measure, variant, cases, numerator=hits, denominator=cases, value_ppm=value, lower_ppm=lower, upper_ppm=upper
    )


def _numbered(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Texts as numbers, and the texts; null is a number of its own."""
    coded = column.fill_null("").combine_chunks().dictionary_encode()
    return coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()


_MEASURES = (_cmi, _efficiency, _groups, _grouped_rate, _low_risk, _mortality, _readmission)
