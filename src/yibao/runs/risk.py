"""Runs the models over a ledger into ``results/risk-<time>/``: tables, manifest, and a page in each language."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from yibao import __version__
from yibao.engine import DuckEngine
from yibao.ledger import Ledger
from yibao.presentation.fmt import Format, Lang, heading
from yibao.presentation.messages import LANGUAGES
from yibao.presentation.report.names import mask_id
from yibao.presentation.study import Rows, Section, Study, write_study
from yibao.runs.folder import ResultFolder, run_id, write_table
from yibao.runs.manifest import LawEntry, Manifest, fingerprint, latest_run
from yibao.supervision.models.risk import MODELS, SUBJECTS, VERSION, Progress, Risk, assess
from yibao.supervision.models.score import FUSED

NAME = "risk"
#: Rows of a list on the page; the tables hold all.
SHOWN = 20


@dataclass(frozen=True)
class RiskRun:
    """A finished result folder, its pages, and what the models found."""

    folder: Path
    manifest: Manifest
    pages: Sequence[Path]
    risk: Risk


def risk_run(ledger: Ledger, *, as_of: datetime | None = None, progress: Progress | None = None) -> RiskRun:
    """Score everybody; the findings of the latest run feed the ranker when enough of them were decided."""
    clock, started = time.perf_counter(), datetime.now().replace(microsecond=0)
    found = assess(ledger, as_of=as_of, run=latest_run(ledger.path), progress=progress)
    instant = as_of or ledger.last_recorded() or started
    manifest = Manifest(
        run_id=run_id(ledger, started, f"{NAME}-"), started_at=started.isoformat(sep=" "), seconds=0, engine="duckdb",
        yibao_version=__version__, snapshot=str(ledger.snapshot_id), as_of=instant.isoformat(sep=" "),
        currency=ledger.currency, rooms=["supervision"], laws=_models(found),
    )  # fmt: skip
    with ResultFolder(ledger, manifest.run_id, latest=False) as work, DuckEngine() as engine:
        for name, table in found.tables.items():
            manifest.tables[name] = write_table(engine, ledger, name, [table], work.path)
        names = institution_names(ledger)
        pages = [
            write_study(work.path, _study(found, names, lang, manifest), Format(lang, ledger.currency))
            for lang in LANGUAGES
        ]
        manifest.seconds = round(time.perf_counter() - clock, 3)
        manifest.write(work.path)
        work.commit()
    return RiskRun(work.target, manifest, [work.target / page.name for page in pages], found)


def institution_names(ledger: Ledger) -> dict[str, tuple[str, str]]:
    """Institution id -> its names in Chinese and English."""
    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only={"institution": ["institution_id", "name", "name_en"]})
        rows = engine.execute("select institution_id, name, name_en from institution").to_pylist()
    return {
        r["institution_id"]: (r["name"] or r["institution_id"], r["name_en"] or r["name"] or r["institution_id"])
        for r in rows
    }


def shown_name(kind: str, unit: str, names: Mapping[str, tuple[str, str]], lang: Lang) -> str:
    """How a list calls a subject: institutions by name, persons by the end of their number."""
    if kind == "institution":
        return names.get(unit, (unit, unit))[0 if lang == "zh" else 1]
    return mask_id(unit) if kind == "person" else unit


def _models(found: Risk) -> dict[str, LawEntry]:
    rows = found.tables["risk_score"]["model_id"].to_pylist()
    return {
        f"{model}@{VERSION}": LawEntry(
            version=VERSION, kind="model", hash=fingerprint({"model": model, "version": __version__}),
            fingerprint=fingerprint({"model": model, "period": str(found.since)}), params={}, status="ran", seconds=0.0,
            rows=rows.count(model),
        )
        for model in MODELS
    }  # fmt: skip


def _study(found: Risk, names: Mapping[str, tuple[str, str]], lang: Lang, manifest: Manifest) -> Study:
    zh = lang == "zh"
    rows = found.tables["risk_score"].to_pylist()
    sections, counted = [], {}
    for kind, words in SUBJECTS.items():
        lead = FUSED if any(r["model_id"] == FUSED and r["subject_kind"] == kind for r in rows) else None
        own = [r for r in rows if r["subject_kind"] == kind and lead in (None, r["model_id"])]
        if own:
            counted[kind] = len(own)
            sections.append(_list(kind, words[0 if zh else 1], own, names, lang))
    seen = {kind: len(s.frame.ids) for kind, s in found.scores.items()}
    unscored = sum(not label for s in found.scores.values() for label in s.frame.peers)
    says = [
        (f"{SUBJECTS[k][0]} {seen[k]:,} 个中，*{counted.get(k, 0):,}* 个有不同寻常之处。" if zh
         else f"Of {seen[k]:,} {SUBJECTS[k][1]} *{counted.get(k, 0):,}* show something unusual.")
        for k in seen
    ]  # fmt: skip
    if unscored:
        says.append(
            f"{unscored:,} 个对象没有足够的同类（至少 5 个），未评分。" if zh
            else f"{unscored:,} subjects have too few peers (five at least) and were not scored."
        )  # fmt: skip
    if found.findings is not None and not found.findings.enough:
        says.append(
            "已决疑点不足，未训练排序模型。" if zh else "Too few clues are decided: no ranker was trained."
        )  # fmt: skip
    sections.append(_sample(found, names, lang))
    return Study(
        NAME, "风险线索" if zh else "Risk leads",
        "谁与同类明显不同，值得先看？" if zh else "Who differs from the peers so much that a look is worth it?",
        [
            f"{found.since} – {found.until}" + ("（不含末日）" if zh else " (exclusive)"),
            f"{'快照' if zh else 'Snapshot'} {manifest.snapshot}",
            f"{'模型版本' if zh else 'models'} {VERSION}",
        ],
        says,
        "这里只有线索。与同类不同可能有正当理由（专科、疑难病人、透析等固定治疗、上传错误）；须由人核查并听取意见后再认定。"
        if zh else "These are leads only. There are good reasons to differ (a speciality, difficult patients, fixed "
        "treatments such as dialysis, a slip in uploading); people must look and hear those concerned before anything "
        "is decided.",
        sections,
    )  # fmt: skip


def _list(kind: str, title: str, own: Sequence[Mapping], names: Mapping[str, tuple[str, str]], lang: Lang) -> Section:
    zh = lang == "zh"
    top = sorted(own, key=lambda r: (-r["score_ppm"], r["rank"]))[:SHOWN]
    table = Rows(
        title,
        ["名次", "对象", "模型", "评分", "理由"] if zh else ["rank", "subject", "model", "score", "reasons"],
        (3,),
    )
    for row in top:
        table.add(
            str(row["rank"]), shown_name(kind, row["subject_id"], names, lang),
            MODELS[row["model_id"]][0 if zh else 1], f"{row['score_ppm'] / 10_000:.1f}%",
            heading(row["reasons_zh" if zh else "reasons_en"]), order={3: row["score_ppm"]},
        )  # fmt: skip
    left = len(own) - len(top)
    words = [(f"另有 {left:,} 个见结果表。" if zh else f"{left:,} more are in the result table.")] if left > 0 else []
    return Section(kind, title, words, (), [table.view()])


def _sample(found: Risk, names: Mapping[str, tuple[str, str]], lang: Lang) -> Section:
    zh = lang == "zh"
    shown = [
        f"{SUBJECTS[k][0 if zh else 1]}: "
        + ("、" if zh else ", ").join(shown_name(k, u, names, lang) for u in units[:SHOWN])
        + (" …" if len(units) > SHOWN else "")
        for k, units in found.sample.items()
        if units
    ]
    return Section(
        "sample", "随机抽查名单" if zh else "Random sample",
        ["不看评分、随机抽取 5%：只有核查这些对象，才能不偏地估计命中率和漏网率。" if zh
         else "Five in a hundred, drawn whatever the score: only these give an unbiased share of hits and of misses.",
         *shown],
    )  # fmt: skip
