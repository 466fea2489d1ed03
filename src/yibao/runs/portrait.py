"""Behaviour portraits: one institution, doctor or person beside its peers, in words and one chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from yibao.errors import UsageError
from yibao.ledger import Ledger
from yibao.presentation.fmt import Format, Lang, heading
from yibao.presentation.messages import LANGUAGES
from yibao.presentation.report.scene import Figure
from yibao.presentation.study import Rows, Section, Study, write_study
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import latest_run
from yibao.runs.risk import institution_names, shown_name
from yibao.supervision.models.frame import Measure, Visits, measures
from yibao.supervision.models.risk import MODELS
from yibao.supervision.models.score import FAMILIES, QUIET, Scores, counted, score
from yibao.supervision.models.words import figure, sentence

_TITLES = {
    "institution": ("机构画像", "Portrait of an institution"),
    "staff": ("医师画像", "Portrait of a doctor"),
    "person": ("参保人画像", "Portrait of an insured person"),
}


@dataclass(frozen=True)
class Portrait:
    """The pages, the sentences by language, and the figures as plain data."""

    pages: Sequence[Path]
    says: Mapping[Lang, Sequence[str]]
    plain: Mapping[str, Any]


def portrait_run(ledger: Ledger, kind: str, unit: str, folder: Path, *, as_of: datetime | None = None) -> Portrait:
    """Draw one subject. Raises :class:`UsageError` when it had no visit in the period."""
    with Visits(ledger, as_of) as visits:
        frame = visits.frame(kind)
    if unit not in frame.ids:
        raise UsageError(
            f"{unit} had no settled visit from {frame.since} to {frame.until}", mend="check the number",
            zh=f"{unit} 在 {frame.since} 至 {frame.until} 没有结算的就诊", mend_zh="请核对编号",
        )  # fmt: skip
    found, place = score(frame), frame.ids.index(unit)
    names, laws = institution_names(ledger), _findings(ledger, kind, unit)
    folder.mkdir(parents=True, exist_ok=True)
    says = {lang: _says(found, place, laws, lang, ledger.currency) for lang in LANGUAGES}
    pages = [
        write_study(
            folder, _study(found, place, shown_name(kind, unit, names, lang), says[lang], lang, ledger.currency),
            Format(lang, ledger.currency),
        )
        for lang in LANGUAGES
    ]  # fmt: skip
    return Portrait(pages, says, _plain(found, place, laws))


def _findings(ledger: Ledger, kind: str, unit: str) -> Counter[str]:
    """Findings about the subject by law, from the latest run."""
    folder = latest_run(ledger.path)
    if folder is None or not (folder / "finding.parquet").exists():
        return Counter()
    rows = pq.read_table(folder / "finding.parquet", columns=["law_id"], filters=[(f"{kind}_id", "=", unit)])
    return Counter(rows["law_id"].to_pylist())


def _says(found: Scores, place: int, laws: Counter[str], lang: Lang, currency: str) -> list[str]:
    zh, frame = lang == "zh", found.frame
    size = frame.peers.count(frame.peers[place])
    if not frame.peers[place]:
        return ["同类不足 5 个，无法比较。" if zh else "Fewer than five peers: there is nothing to compare with."]
    reasons = found.reasons(place, most=5)
    known = {m.id: m for m in measures(frame.kind)}
    said = [
        f"*{heading(sentence(known[n], *_values(found, known[n], place), lang, currency))}*{'。' if zh else '.'}"
        for n in reasons
    ]  # fmt: skip
    if not said:
        said = [f"与 {size:,} 个同类相比没有不同寻常之处。" if zh else f"Nothing unusual beside {size:,} peers."]
    else:
        above = int((found.risk > found.risk[place]).sum())
        said.append(
            f"综合风险 {found.risk[place]:.0%}，在 {len(frame.ids):,} 个对象中列第 {above + 1:,} 位；"
            f"同类 {size:,} 个。" if zh
            else f"All models together: {found.risk[place]:.0%}, place {above + 1:,} of {len(frame.ids):,}; "
            f"{size:,} peers."
        )  # fmt: skip
    if laws:
        book = load_lawbook().laws
        titles = {law: f"{law} {book[law].title[lang]}" if law in book else law for law in laws}
        listed = ("、" if zh else ", ").join(f"{titles[law]} {n:,}" for law, n in laws.most_common(8))
        total = sum(laws.values())
        said.append(f"最近一次运行有 {total:,} 条命中：{listed}。" if zh
                    else f"Findings of the latest run: {total:,} ({listed}).")  # fmt: skip
    return said


def _study(found: Scores, place: int, name: str, says: Sequence[str], lang: Lang, currency: str) -> Study:
    zh, frame = lang == "zh", found.frame
    fmt = Format(lang, currency)
    visits, fund = f"{frame.visits[place]:,.0f}", fmt.money(round(frame.fund[place]))
    meta = [
        f"{frame.since} – {frame.until}" + ("（不含末日）" if zh else " (exclusive)"),
        f"{'就诊' if zh else 'visits'} {visits}", f"{'基金支出' if zh else 'fund payments'} {fund}",
    ]  # fmt: skip
    models = Rows(
        "各模型" if zh else "models", ["模型", "评分", "高于多少对象"] if zh else ["model", "score", "above"], (1, 2)
    )
    for family, (model, _) in FAMILIES.items():
        p = found.p[family]
        models.add(heading(MODELS[model][0 if zh else 1]), f"{p[place]:.0%}", f"{float((p < p[place]).mean()):.0%}")
    return Study(
        f"portrait-{frame.kind}", f"{_TITLES[frame.kind][0 if zh else 1]}{'：' if zh else ': '}{name}",
        "与同类相比，哪些地方不同寻常？" if zh else "What is unusual beside the peers?", meta, says,
        "画像只作线索：不同不等于违规；须由人核查并听取意见。" if zh
        else "A portrait is a lead: to differ is no offence; people must look and hear those concerned.",
        [_measures(found, place, lang, currency),
         Section("models", "各模型评分" if zh else "Scores of the models", (), (), [models.view()])],
    )  # fmt: skip


def _measures(found: Scores, place: int, lang: Lang, currency: str) -> Section:
    # The chart renderer starts slowly: only when a portrait is drawn.
    from yibao.presentation.charts.deviations import Deviation, deviations

    zh, frame = lang == "zh", found.frame
    heads = ["指标", "本对象", "同类中位", "偏离"] if zh else ["measure", "own", "peers' median", "deviation"]
    table, rows = Rows("指标" if zh else "measures", heads, (1, 2, 3)), []
    order = sorted(measures(frame.kind), key=lambda m: -abs(found.z[m.id][place]))
    for m in order:
        own, usual, z = _values(found, m, place)
        if not np.isfinite(own):
            continue
        shown, peers = figure(m, own, lang, currency), figure(m, usual, lang, currency)
        table.add(heading(m.zh if zh else m.en), shown, peers, f"{z:+.1f}", order={3: z})
        words = f"{shown}（{peers}）" if zh else f"{shown} ({peers})"
        name = heading(m.zh if zh else m.en)
        outside = bool(counted(m, np.array([z]))[0] > QUIET)
        tip = sentence(m, own, usual, z, lang, currency)
        rows.append(Deviation(name, _short(name, zh), z, words, tip, outside))
    title = "与同类的偏离" if zh else "Deviation from the peers"
    unit = (
        "稳健标准差；括号内为同类中位数；灰带内属平常"
        if zh
        else "robust deviations; the peers' median in brackets; the grey band is usual"
    )
    drawn = deviations(rows, title)
    key = (("box-peer", "平常范围" if zh else "usual"), ("diamond-warn", "不同寻常" if zh else "unusual"))
    words = (
        f"就诊少的对象向同类中位收缩，须偏离 {QUIET:.0f} 个标准差以上才算不同寻常；有些指标只有偏高才计入风险。"
        if zh
        else f"Subjects with few visits are pulled to the peers' median; beyond {QUIET:.0f} deviations is unusual. "
        "Of some measures only more counts as a reason."
    )
    return Section("measures", "指标" if zh else "Measures", [words], [Figure(title, unit, drawn, key)], [table.view()])


def _values(found: Scores, measure: Measure, place: int) -> tuple[float, float, float]:
    name = measure.id
    return (
        float(found.frame.columns[name].natural[place]), float(found.usual[name][place]), float(found.z[name][place])
    )  # fmt: skip


def _short(name: str, zh: bool) -> str:
    most = 9 if zh else 16
    return name if len(name) <= most else name[: most - 1] + "…"


def _plain(found: Scores, place: int, laws: Counter[str]) -> dict[str, Any]:
    frame = found.frame
    return {
        "kind": frame.kind, "id": frame.ids[place], "from": frame.since, "to": frame.until,
        "visits": int(frame.visits[place]), "fund": int(frame.fund[place]), "peers": frame.peers[place],
        "risk": round(float(found.risk[place]), 6),
        "models": {FAMILIES[f][0]: round(float(p[place]), 6) for f, p in found.p.items()},
        "measures": {
            m.id: dict(zip(("value", "peers", "deviation"), map(_finite, _values(found, m, place)), strict=True))
            for m in measures(frame.kind)
        },
        "findings": dict(laws),
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
