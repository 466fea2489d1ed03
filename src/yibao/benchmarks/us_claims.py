"""Labelled US claims end to end: ingest, every law, and how providers labelled fraudulent differ from the others.

`data` holds the two files of source `cms` and `provider_labels.csv` (Provider, PotentialFraud Yes/No). The label is a
provider's, never a claim's, and nobody documents how it was made: the table shows differences, not accuracy.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yibao.engine import DuckEngine
from yibao.engine.sql import sql_text
from yibao.errors import UsageError
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.ingest import ingest
from yibao.measures import observed_expected, overdispersion, poisson_interval, poisson_limits
from yibao.runs.laws import load_lawbook
from yibao.runs.run import RunResult
from yibao.runs.run import run as run_rooms

#: Rules whose findings are counted per 1 000 claims.
RULES = ("C01", "C03", "C08", "E01")
#: Providers with fewer claims say nothing about their own rates.
MIN_CLAIMS = 30
#: The floor of expected readmissions below which a ratio is not judged (as in law C06).
MIN_EXPECTED = 5.0

GROUPS = ("Yes", "No")
Row = dict[str, Any]


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001
    """Ingest (once per ``work``) and run, then the comparison as ``details``. The files are the scale."""
    folder = _folder(data)
    clock = time.perf_counter()
    ledger = _ledger(folder, work)
    ingested = time.perf_counter() - clock
    result = run_rooms(ledger, load_lawbook())
    seconds = time.perf_counter() - clock
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": None,
        "peer_seconds": None,
        "ratio": None,
        "ingest_seconds": round(ingested, 2),
        "laws_run": sum(e.status in ("ran", "skipped") for e in result.manifest.laws.values()),
        "laws_failed": sum(e.status == "failed" for e in result.manifest.laws.values()),
        "findings": result.manifest.tables["finding"].rows,
        "quality_issues": result.manifest.tables["quality_issue"].rows,
        "details": compare(ledger, result, folder / "provider_labels.csv"),
    }


def compare(ledger: Ledger, result: RunResult, labels: Path) -> list[Row]:
    """Rows ``figure``, ``flagged``, ``others`` over the providers that have claims."""
    with DuckEngine() as engine:
        ledger.attach(engine, only=["encounter", "settlement"])
        for name in ("finding", "finding_ref", "indicator_value"):
            engine.register(name, [result.folder / f"{name}.parquet"])
        engine.materialise("label", _LABELS.format(path=sql_text(str(labels))))
        engine.materialise("provider", _PROVIDERS)
        return [*_volumes(engine), *_rates(engine), *_spread(engine), *_readmissions(engine)]


_LABELS = (
    "select cast(Provider as varchar) as institution_id, PotentialFraud as label "
    "from read_csv({path}, header = true, all_varchar = true)"
)

_PROVIDERS = """
    select l.label, e.institution_id, count(*) as claims, count(distinct e.person_id) as persons,
        cast(sum(s.fund_amount) as bigint) as fund_amount
    from encounter as e
    inner join label as l on l.institution_id = e.institution_id
    left join (
        select encounter_id, cast(sum(fund_amount) as bigint) as fund_amount from settlement group by encounter_id
    ) as s on s.encounter_id = e.encounter_id
    group by l.label, e.institution_id"""


def _volumes(engine: DuckEngine) -> list[Row]:
    found = _by_label(
        engine.execute(
            """
            select label, count(*) as providers, cast(sum(claims) as bigint) as claims,
                quantile_cont(claims, [0.25, 0.5, 0.75]) as size,
                cast(sum(fund_amount) as bigint) / sum(claims) / 100 as paid
            from provider group by label"""
        ).to_pylist()
    )
    return [
        _row("providers with claims", found, lambda r: f"{r['providers']:,}"),
        _row("claims", found, lambda r: f"{r['claims']:,}"),
        _row("claims per provider, median (quartiles)", found, lambda r: _quartiles(r["size"], 0)),
        _row("reimbursed per claim, mean USD", found, lambda r: f"{r['paid']:,.0f}"),
    ]


def _rates(engine: DuckEngine) -> list[Row]:
    """Findings per 1 000 claims with exact Poisson intervals (findings of one provider are not independent).

    Two stays of a person meet at one provider the more often the larger it is, so overlaps are shown by size too.
    """
    engine.materialise("counted", _COUNTED.format(size=MIN_CLAIMS))
    number = {(r["label"], r["size"], r["what"]): r["n"] for r in engine.execute(_NUMBERS).to_pylist()}
    claims = {(r["label"], r["size"]): r["n"] for r in engine.execute(_CLAIMS.format(size=MIN_CLAIMS)).to_pylist()}

    def row(what: str, sizes: Sequence[str], title: str) -> Row:
        found = {
            g: {
                "n": sum(number.get((g, s, what), 0) for s in sizes),
                "claims": sum(claims.get((g, s), 0) for s in sizes),
            }
            for g in GROUPS
        }
        return _row(f"{title}: findings per 1,000 claims (95 % interval)", found, _rate)

    rows = [row(what, ("small", "large"), what) for what in RULES]
    for what in ("same_institution", "other_institution"):
        rows.append(row(what, ("small", "large"), f"C08 {what}"))
        rows.append(row(what, ("small",), f"C08 {what}, providers below {MIN_CLAIMS} claims"))
        rows.append(row(what, ("large",), f"C08 {what}, providers with {MIN_CLAIMS} claims or more"))
    return rows


_COUNTED = """
    select p.label, case when p.claims < {size} then 'small' else 'large' end as size, f.law_id, f.finding_id
    from finding as f inner join provider as p on p.institution_id = f.institution_id"""

_NUMBERS = """
    select label, size, law_id as what, count(*) as n from counted group by 1, 2, 3
    union all
    select c.label, c.size, r.signal, count(distinct c.finding_id)
    from counted as c inner join finding_ref as r on r.finding_id = c.finding_id
    where c.law_id = 'C08' and r.signal <> 'later_stay' group by 1, 2, 3"""

_CLAIMS = """
    select label, case when claims < {size} then 'small' else 'large' end as size, cast(sum(claims) as bigint) as n
    from provider group by 1, 2"""


def _spread(engine: DuckEngine) -> list[Row]:
    found = _by_label(
        engine.execute(
            f"""
            select p.label, quantile_cont(1000.0 * coalesce(f.n, 0) / p.claims, [0.25, 0.5, 0.75, 0.9]) as rate,
                count(*) as providers, count(*) filter (where f.n > 0) as with_findings
            from provider as p
            left join (
                select institution_id, count(*) as n from finding where law_id = 'C08' group by institution_id
            ) as f on f.institution_id = p.institution_id
            where p.claims >= {MIN_CLAIMS} group by p.label"""
        ).to_pylist()
    )
    few = f"providers with {MIN_CLAIMS} claims or more"
    return [
        _row(few, found, lambda r: f"{r['providers']:,}"),
        _row(f"C08 per 1,000 claims, median (quartiles), {few}", found, lambda r: _quartiles(r["rate"][:3], 1)),
        _row(f"C08 per 1,000 claims, ninth decile, {few}", found, lambda r: f"{r['rate'][3]:.1f}"),
        _row(f"with any C08, {few}", found, lambda r: f"{r['with_findings'] / r['providers']:.0%}"),
    ]


def _readmissions(engine: DuckEngine) -> list[Row]:
    rows = engine.execute(
        """
        select l.label, v.numerator as observed, v.denominator as discharges, v.expected_ppm
        from indicator_value as v inner join label as l on l.institution_id = v.subject_id
        where v.law_id = 'C06' order by v.subject_id"""
    ).to_pylist()
    groups = {g: _Readmission([r for r in rows if r["label"] == g]) for g in GROUPS}
    dispersion = overdispersion(np.concatenate([g.scores for g in groups.values()]))
    found = {name: group.figures(dispersion) for name, group in groups.items()}
    titles = {
        "discharges": "C06 discharges",
        "rate": "C06 readmitted within 31 days, crude",
        "ratio": "C06 observed / expected (95 % interval)",
        "judged": f"C06 providers with {MIN_EXPECTED:g} expected or more",
        "spread": "C06 O/E of these, median (quartiles)",
        "outside": "C06 of these above the 95 % / 99.8 % funnel limit",
    }
    made = [_row(title, found, lambda r, key=key: r[key]) for key, title in titles.items()]
    made.append({"figure": "C06 over-dispersion factor of the funnel", "flagged": f"{dispersion:.2f}", "others": ""})
    return made


class _Readmission:
    """Observed and expected readmissions of one group of providers."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.observed = np.array([r["observed"] for r in rows], dtype=np.int64)
        self.discharges = np.array([r["discharges"] for r in rows], dtype=np.int64)
        self.expected = np.array([r["expected_ppm"] for r in rows], dtype=np.float64) / 1_000_000
        self.judged = self.expected >= MIN_EXPECTED

    @property
    def scores(self) -> Any:
        expected = self.expected[self.judged]
        return (self.observed[self.judged] - expected) / np.sqrt(expected)

    def figures(self, dispersion: float) -> Row:
        """Texts for the table."""
        total = observed_expected(self.observed.sum(), self.expected.sum())
        ratio = self.observed[self.judged] / self.expected[self.judged]
        outside = "–"
        if ratio.size:
            limits = poisson_limits(self.expected[self.judged], dispersion=dispersion)
            outside = f"{(ratio > limits.upper_warning).sum()} / {(ratio > limits.upper_action).sum()}"
        return {
            "discharges": f"{self.discharges.sum():,}",
            "rate": f"{self.observed.sum() / max(self.discharges.sum(), 1):.1%}",
            "ratio": f"{float(total.ratio):.2f} ({float(total.lower):.2f}–{float(total.upper):.2f})",
            "judged": f"{self.judged.sum():,}",
            "spread": _quartiles(np.quantile(ratio, [0.25, 0.5, 0.75]), 2) if ratio.size else "–",
            "outside": outside,
        }


def _folder(data: Path | None) -> Path:
    if data is None:
        raise UsageError("us-claims needs the folder of the claims", mend="give it with --data DIR")
    for folder in (data, data / "fraud_us"):
        if (folder / "provider_labels.csv").exists():
            return folder
    raise UsageError("there is no provider_labels.csv", where=str(data), mend="give the folder that holds it")


def _ledger(folder: Path, work: Path) -> Ledger:
    target = work / "us-claims"
    if not (target / "CURRENT").exists():
        shutil.rmtree(target, ignore_errors=True)
        ingest(folder, "cms", target)
    return open_ledger(target)


def _by_label(rows: Sequence[Row]) -> dict[str, Row]:
    return {r["label"]: r for r in rows}


def _row(figure: str, found: dict[str, Row], say: Any) -> Row:
    flagged, others = (say(found[g]) if g in found else "–" for g in GROUPS)
    return {"figure": figure, "flagged": flagged, "others": others}


def _rate(row: Row) -> str:
    lower, upper = poisson_interval(row["n"])
    per = 1000 / max(row["claims"], 1)
    return f"{row['n'] * per:.2f} ({float(lower) * per:.2f}–{float(upper) * per:.2f}), n = {row['n']:,}"


def _quartiles(values: Iterable[float], digits: int) -> str:
    low, middle, high = (f"{float(v):,.{digits}f}" for v in values)
    return f"{middle} ({low}–{high})"
