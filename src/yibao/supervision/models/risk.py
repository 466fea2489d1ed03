"""All models over one ledger: who is worth a look, in order, with reasons. Leads only; nobody is judged by a score."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.ledger import Ledger
from yibao.supervision.models.admissions import CheckUp, CheckUpPlace, check_up_stays
from yibao.supervision.models.clues import Findings, read_findings
from yibao.supervision.models.frame import KINDS, Visits, measures
from yibao.supervision.models.groups import Group, co_visit_groups, institution_communities
from yibao.supervision.models.ranker import Ranker
from yibao.supervision.models.score import FAMILIES, FUSED, Scores, score
from yibao.supervision.models.words import check_up_reasons, sentence

VERSION = "2026.1"
CO_VISIT, COMMUNITY, RANKER, CHECK_UP = "M06", "M07", "M08", "M09"
#: A random share of all subjects to review whatever the score says: only these give an unbiased precision.
SAMPLE_ONE_IN = 20
PPM = 1_000_000

Progress = Callable[[str, float, float], None]

#: What the models are called.
MODELS: Mapping[str, tuple[str, str]] = {
    FUSED: ("综合风险", "all models together"),
    "M01": ("费用与频次", "costs and frequency"),
    "M02": ("费用结构", "structure of costs"),
    "M03": ("时间规律", "timing"),
    "M04": ("构成变化", "change of the mix"),
    "M05": ("关系集中", "ties"),
    CO_VISIT: ("结伴就诊群组", "co-visit groups"),
    COMMUNITY: ("机构社群", "communities of institutions"),
    RANKER: ("已决疑点排序", "ranker from decided clues"),
    CHECK_UP: ("体检式住院", "stays for examinations"),
}

#: What may be scored, in the order in which lists show it.
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "institution": ("机构", "institutions"),
    "staff": ("医师", "doctors and other staff"),
    "person": ("参保人", "insured persons"),
    "group": ("结伴就诊群组", "co-visit groups"),
    "community": ("机构社群", "communities of institutions"),
    "stay": ("住院", "stays"),
    "finding": ("未决疑点", "undecided findings"),
}


@dataclass(frozen=True)
class Risk:
    """The result tables ``risk_score`` and ``risk_evidence``, the scores behind them, groups, and the sample."""

    since: date
    until: date
    tables: Mapping[str, pa.Table]
    scores: Mapping[str, Scores]
    groups: Sequence[Group]
    sample: Mapping[str, tuple[str, ...]]
    findings: Findings | None = None


@dataclass
class _Rows:
    since: date
    until: date
    score: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)


def assess(
    ledger: Ledger, *, as_of: datetime | None = None, run: Path | None = None, progress: Progress | None = None
) -> Risk:
    """Run every model. ``run`` is a result folder with findings for the ranker; without it, or with too few decisions,
    the ranker is left out. Subjects for whom a model finds nothing unusual get no row of it.
    """
    step = progress or (lambda *_: None)
    with Visits(ledger, as_of) as visits:
        rows, scores = _Rows(visits.since, visits.until), {}
        for number, kind in enumerate(KINDS):
            step(kind, number, len(KINDS) + 2)
            scores[kind] = score(visits.frame(kind))
            _subjects(rows, scores[kind], ledger.currency)
        step("groups", len(KINDS), len(KINDS) + 2)
        groups = [*co_visit_groups(visits.engine), *institution_communities(visits.engine)]
        _groups(rows, groups)
        _check_ups(rows, *check_up_stays(visits.engine), ledger.currency)
    findings = read_findings(ledger, run, scores) if run is not None else None
    step("ranker", len(KINDS) + 1, len(KINDS) + 2)
    if findings is not None and findings.enough:
        _ranked(rows, findings)
    contracts = ledger.tables()
    tables = {
        name: pa.Table.from_pylist(found, schema=contracts[name].arrow_schema())
        for name, found in (("risk_score", rows.score), ("risk_evidence", rows.evidence))
    }
    sample = {kind: _sample(found.frame.ids, rows.since) for kind, found in scores.items()}
    return Risk(rows.since, rows.until, tables, scores, groups, sample, findings)


def _subjects(rows: _Rows, found: Scores, currency: str) -> None:
    frame = found.frame
    by_model = {FUSED: (None, found.risk)} | {FAMILIES[f][0]: (f, p) for f, p in found.p.items()}
    known = {m.id: m for m in measures(frame.kind)}
    for model, (family, values) in by_model.items():
        order = [int(i) for i in np.lexsort((np.array(frame.ids), -frame.fund, -values)) if values[i] * PPM >= 1]
        for rank, unit in enumerate(order, start=1):
            reasons = found.reasons(unit, family)
            said = {
                lang: [
                    sentence(known[name], frame.columns[name].natural[unit], found.usual[name][unit],
                             found.z[name][unit], lang, currency)
                    for name in reasons
                ]
                for lang in ("zh", "en")
            }  # fmt: skip
            _add(rows, model, frame.kind, frame.ids[unit], float(values[unit]), rank,
                 "；".join(said["zh"]), "; ".join(said["en"]))  # fmt: skip
            if model == FUSED:
                continue
            for number, name in enumerate(reasons):
                rows.evidence.append(
                    {
                        **_key(rows, model, frame.kind, frame.ids[unit], number), "measure": name,
                        "value_ppm": _millionths(frame.columns[name].natural[unit]),
                        "peers_ppm": _millionths(found.usual[name][unit]),
                        "deviation_milli": round(float(found.z[name][unit]) * 1000),
                        "words_zh": said["zh"][number], "words_en": said["en"][number],
                    }
                )  # fmt: skip


def _groups(rows: _Rows, groups: Sequence[Group]) -> None:
    for model, kind, table in ((CO_VISIT, "group", "person"), (COMMUNITY, "community", "institution")):
        for rank, group in enumerate((g for g in groups if g.kind == kind and g.p * PPM >= 1), start=1):
            _add(rows, model, kind, group.id, group.p, rank, group.zh, group.en)
            for number, member in enumerate(group.members):
                rows.evidence.append(
                    {
                        **_key(rows, model, kind, group.id, number), "measure": "member", "ref_table": table,
                        "ref_id": member, "words_zh": "成员", "words_en": "member",
                    }
                )  # fmt: skip


def _check_ups(rows: _Rows, stays: Sequence[CheckUp], places: Sequence[CheckUpPlace], currency: str) -> None:
    """Stays with what makes them look like check-ups, and the institutions that have too many of them."""
    for rank, stay in enumerate((s for s in stays if s.p * PPM >= 1), start=1):
        reasons = check_up_reasons(stay, currency)
        _add(rows, CHECK_UP, "stay", stay.id, stay.p, rank,
             "；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))  # fmt: skip
        for number, reason in enumerate(reasons):
            rows.evidence.append(
                {
                    **_key(rows, CHECK_UP, "stay", stay.id, number), "measure": reason.measure,
                    "value_ppm": _millionths(reason.value),
                    "peers_ppm": None if reason.usual is None else _millionths(reason.usual),
                    "deviation_milli": None if reason.z is None else round(reason.z * 1000),
                    "ref_table": "encounter", "ref_id": stay.id, "words_zh": reason.zh, "words_en": reason.en,
                }
            )  # fmt: skip
    for rank, place in enumerate((p for p in places if p.p * PPM >= 1), start=1):
        _add(
            rows, CHECK_UP, "institution", place.id, place.p, rank,
            f"{place.stays:,} 次住院中 {place.seen:,} 次检查占比高于预期区间，按各机构总体应有 {place.expected:.1f} 次",
            f"{place.seen:,} of {place.stays:,} stays have a share of examinations above the interval; "
            f"all institutions together let expect {place.expected:.1f}",
        )  # fmt: skip


def _ranked(rows: _Rows, findings: Findings) -> None:
    """Findings that nobody has decided yet, by the chance that they will be upheld."""
    known, open_ = findings.decided, ~findings.decided
    ranker = Ranker().fit(findings.features[known], findings.upheld[known])
    chance = ranker.probability(findings.features[open_]) if open_.any() else np.zeros(0)
    ids = np.array(findings.ids)[open_]
    for rank, place in enumerate(np.lexsort((ids, -findings.amount[open_], -chance)), start=1):
        share = f"{chance[place]:.0%}"
        _add(
            rows, RANKER, "finding", str(ids[place]), float(chance[place]), rank,
            f"与已认定属实的疑点相似，估计属实的可能为 {share}（依据 {int(known.sum())} 条已决疑点）",
            f"like clues that were upheld: an estimated {share} chance ({int(known.sum())} decided clues)",
        )  # fmt: skip


def _add(rows: _Rows, model: str, kind: str, unit: str, value: float, rank: int, zh: str, en: str) -> None:
    rows.score.append(
        {
            "model_id": model, "model_version": VERSION, "subject_kind": kind, "subject_id": unit,
            "period_from": rows.since, "period_to": rows.until, "score_ppm": round(value * PPM), "rank": rank,
            "reasons_zh": zh, "reasons_en": en,
        }
    )  # fmt: skip


def _key(rows: _Rows, model: str, kind: str, unit: str, number: int) -> dict[str, Any]:
    return {
        "model_id": model, "subject_kind": kind, "subject_id": unit, "period_from": rows.since, "sequence": number,
    }  # fmt: skip


def _millionths(value: float) -> int | None:
    return round(float(value) * PPM) if np.isfinite(value) else None


def _sample(ids: Sequence[str], since: date) -> tuple[str, ...]:
    """Drawn by a hash of identity and period: the same for everybody who looks, and not by anybody's choice."""
    digests = [hashlib.sha256(f"{unit}|{since}".encode()).digest()[0:4] for unit in ids]
    return tuple(u for u, d in zip(ids, digests, strict=True) if int.from_bytes(d, "big") % SAMPLE_ONE_IN == 0)
