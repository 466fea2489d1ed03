"""Reports of a law's life: back-tests, grey runs, sensitivity curves; a page in each language and register entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pyarrow.parquet as pq

from yibao.lawbook import Law
from yibao.ledger import Ledger
from yibao.presentation.fmt import Format, Lang
from yibao.presentation.messages import LANGUAGES, Messages
from yibao.presentation.report.scene import Figure
from yibao.presentation.study import Rows, Section, Study, write_study
from yibao.runs.laws import load_lawbook
from yibao.runs.manifest import Manifest, latest_run
from yibao.runs.risk import institution_names
from yibao.runs.shadow import SHADOW
from yibao.supervision.lifecycle.backtest import Backtest, backtest, describe
from yibao.supervision.lifecycle.register import LifecycleError, Register
from yibao.supervision.lifecycle.sensitivity import Curve

Kind = Literal["backtest", "grey"]
_TITLES = {"backtest": ("回测报告", "Back-test"), "grey": ("灰度报告", "Grey run")}


def grey_report(ledger: Ledger, law: Law, in_force: Law | None = None) -> Backtest:
    """What a grey law found in the shadow of the latest run, beside what the text in force found there.

    Raises :class:`LifecycleError` when that run had no such law.
    """
    folder = latest_run(ledger.path)
    manifest = Manifest.read(folder) if folder else None
    entry = manifest.shadow.get(law.key) if manifest else None
    if folder is None or manifest is None or entry is None or entry.hash != law.hash or entry.status == "failed":
        raise LifecycleError(
            f"{law.key} is not in the shadow of the latest run",
            mend="run it while it is grey: yibao run LEDGER --law DIR",
            zh=f"最近一次运行没有 {law.key} 的灰度结果", mend_zh="请在灰度期间执行 yibao run 账本 --law 目录",
        )  # fmt: skip
    found, old = (
        pq.read_table(at / "finding.parquet", filters=[("law_id", "=", law.id)]) for at in (folder / SHADOW, folder)
    )
    instant = datetime.fromisoformat(manifest.as_of)
    return describe(ledger, law, found, old if in_force else None, in_force, instant, entry.seconds)


def make_report(ledger: Ledger, law: Law, kind: Kind, as_of: datetime | None = None) -> Backtest:
    """Report on exactly this text, beside the shipped law of the same id that it would replace; the register notes it.

    ``as_of`` is of a back-test. Raises :class:`LifecycleError` when the law fails, or no run had it in its shadow.
    """
    before = None if law.shipped else load_lawbook().laws.get(law.id)
    found = backtest(ledger, law, before, as_of) if kind == "backtest" else grey_report(ledger, law, before)
    register = Register(ledger)
    register.add(law, kind, register.standing(law).stage, figures=figures(found))
    return found


def figures(found: Backtest) -> dict[str, Any]:
    """What the register keeps of a report."""
    keys = (
        "findings", "persons", "institutions", "amount", "fund_amount", "against", "kept", "new", "lost",
        "again_upheld", "again_false", "lost_upheld", "positive_rate", "lower", "upper", "by_month", "by_institution",
        "seconds",
    )  # fmt: skip
    doc = asdict(found)
    return {key: doc[key] for key in keys}


def write_backtest(ledger: Ledger, law: Law, found: Backtest, folder: Path, kind: Kind = "backtest") -> list[Path]:
    """``<kind>-<law>.<language>.html`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    names = institution_names(ledger)
    return [
        write_study(folder, _backtest(law, found, names, lang, ledger.currency, kind), Format(lang, ledger.currency))
        for lang in LANGUAGES
    ]


def verdicts(found: Backtest, lang: Lang, currency: str) -> list[str]:
    """The report in sentences."""
    return sentences(figures(found), lang, currency)


def sentences(kept: Mapping[str, Any], lang: Lang, currency: str) -> list[str]:
    """What the register keeps of a report (:func:`figures`) in sentences."""
    zh, fmt, found = lang == "zh", Format(lang, currency), SimpleNamespace(**kept)
    said = [
        f"命中 *{found.findings:,}* 条，涉及 {found.persons:,} 人、{found.institutions:,} 家机构，"
        f"费用 *{fmt.money(found.amount)}*，其中基金 {fmt.money(found.fund_amount)}。"
        if zh
        else f"*{found.findings:,}* findings, {found.persons:,} persons, {found.institutions:,} institutions; costs "
        f"*{fmt.money(found.amount)}*, of them fund money {fmt.money(found.fund_amount)}."
    ]
    if found.against:
        said.append(
            f"与现行 {found.against} 相比：相同 {found.kept:,}，新增 {found.new:,}，不再命中 {found.lost:,}。" if zh
            else f"Beside {found.against} in force: {found.kept:,} the same, {found.new:,} new, "
            f"{found.lost:,} no longer."
        )  # fmt: skip
    if found.positive_rate is None:
        said.append(
            "这些命中还没有人工认定，阳性率无从估计。" if zh
            else "Nothing of this was decided yet: there is no estimate of the positive rate."
        )  # fmt: skip
    else:
        low, high = (kept.get(name) for name in ("lower", "upper"))  # reports of earlier versions have no interval
        span = (
            ""
            if low is None or high is None
            else (f"（95% 区间 {low:.0%} – {high:.0%}）" if zh else f" (95 % interval {low:.0%} – {high:.0%})")
        )
        said.append(
            f"已认定部分的阳性率 *{found.positive_rate:.0%}*{span}，其中误报 {found.again_false:,} 条。" if zh
            else f"Positive rate of what was decided *{found.positive_rate:.0%}*{span}, "
            f"{found.again_false:,} false alarms among it."
        )  # fmt: skip
    if found.lost_upheld:
        said.append(
            f"已认定属实的 {found.lost_upheld:,} 条不再命中，上线前须逐条说明。" if zh
            else f"{found.lost_upheld:,} upheld cases would be lost: each needs an explanation before the law goes on."
        )  # fmt: skip
    return said


def _backtest(
    law: Law, found: Backtest, names: Mapping[str, tuple[str, str]], lang: Lang, currency: str, kind: str
) -> Study:
    from yibao.presentation.charts.bars import Month, monthly  # the chart renderer starts slowly: only when drawn

    zh, fmt, pick = lang == "zh", Format(lang, currency), 0 if lang == "zh" else 1
    places = Rows(
        "命中最多的机构" if zh else "institutions with most findings",
        ["机构", "命中", "费用"] if zh else ["institution", "findings", "costs"], (1, 2),
    )  # fmt: skip
    for place, n, money in found.by_institution:
        places.add(names.get(place, (place or "—",) * 2)[pick], f"{n:,}", fmt.money(money), order={1: n, 2: money})
    examples = Rows(
        "金额最大的五条" if zh else "the five with most money",
        ["说明", "费用"] if zh else ["explanation", "costs"],
        (1,),
    )
    for words_zh, words_en, money in found.examples:
        examples.add(words_zh if zh else words_en, fmt.money(money), order={1: money})
    title = "每月命中数" if zh else "Findings by month"
    months = [Month(m, n, f"{m}: {n:,}") for m, n in found.by_month]
    drawn = [Figure(title, "", monthly(months, title))] if months else []
    return Study(
        f"{kind}-{law.id}", f"{_TITLES[kind][pick]}{'：' if zh else ': '}{law.id} {law.text.title[lang]}",
        law.text.question[lang],
        [f"{'版本' if zh else 'version'} {law.text.version} ({law.hash[:8]})",
         f"{'按此时刻' if zh else 'as of'} {found.as_of}", f"{found.seconds:.2f} s"],
        verdicts(found, lang, currency),
        "回测结果不是认定；上线前须人工核查一批命中。" if zh
        else "These are no decisions: people must look at a sample before the law goes on.",
        [Section("months", title, (), drawn, ()),
         Section("places", "机构" if zh else "Institutions", (), (), [places.view()]),
         Section("examples", "样例" if zh else "Examples", (), (), [examples.view()])],
    )  # fmt: skip


def write_sensitivity(ledger: Ledger, law: Law, found: Sequence[Curve], folder: Path) -> list[Path]:
    """``sensitivity-<law>.<language>.html`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_study(folder, _sensitivity(law, found, lang, ledger.currency), Format(lang, ledger.currency))
        for lang in LANGUAGES
    ]


def curve_verdict(curve: Curve, lang: Lang) -> str:
    """One sentence on a parameter."""
    zh, words = lang == "zh", curve.zh if lang == "zh" else curve.en
    counts = [p.findings for p in curve.points]
    span = f"{min(counts):,} – {max(counts):,}"
    steep = (
        ("；*附近很陡，取值须有依据*" if zh else "; *steep nearby: the value needs a ground*") if curve.cliff else ""
    )
    if zh:
        return f"{words}（{curve.param} = {curve.own}）：命中 {curve.at_own.findings:,} 条，范围 {span}{steep}。"
    return f"{words} ({curve.param} = {curve.own}): {curve.at_own.findings:,} findings, range {span}{steep}."


def _sensitivity(law: Law, found: Sequence[Curve], lang: Lang, currency: str) -> Study:
    zh = lang == "zh"
    return Study(
        f"sensitivity-{law.id}", f"{'参数敏感性：' if zh else 'Sensitivity: '}{law.id} {law.text.title[lang]}",
        "阈值稍有不同，命中会变多少？" if zh else "How much do the findings change when a threshold does?",
        [f"{'版本' if zh else 'version'} {law.text.version} ({law.hash[:8]})"],
        [curve_verdict(curve, lang) for curve in found],
        "曲线只说明结果怎样随参数变化，不说明哪个取值正确；正确的取值来自依据。" if zh
        else "A curve tells how results follow the parameter, not which value is right: that comes from the grounds.",
        [_one(curve, lang, currency) for curve in found],
    )  # fmt: skip


def _one(curve: Curve, lang: Lang, currency: str) -> Section:
    from yibao.presentation.charts.curves import Curve as Line
    from yibao.presentation.charts.curves import curves

    zh, fmt = lang == "zh", Format(lang, currency)
    kept = Line("仍命中的原命中" if zh else "still found", tuple((p.value, p.kept) for p in curve.points))
    every = Line("全部命中" if zh else "all findings", tuple((p.value, p.findings) for p in curve.points))
    name, unit = curve.zh if zh else curve.en, Messages(lang).word("unit", curve.unit)
    label = name if not unit else f"{name}（{unit}）" if zh else f"{name} ({unit})"
    table = Rows(
        label, ["取值", "命中", "机构", "费用", "仍命中的原命中"] if zh
        else ["value", "findings", "institutions", "costs", "still found"], (1, 2, 3, 4),
    )  # fmt: skip
    for p in curve.points:
        mark = " ◆" if p.value == curve.own else ""
        table.add(
            f"{p.value:,}{mark}", f"{p.findings:,}", f"{p.institutions:,}", fmt.money(p.amount), f"{p.kept:,}",
            order={0: p.value, 1: p.findings, 2: p.institutions, 3: p.amount, 4: p.kept},
        )  # fmt: skip
    says = curve_verdict(curve, lang).replace("*", "")
    top = max(p.findings for p in curve.points)
    law = Line("法规取值" if zh else "value in the law", ((curve.own, 0), (curve.own, top)))
    drawn = curves([every, kept, law], says, label, "命中" if zh else "findings")
    note = "◆ 为法规中的取值。" if zh else "◆ is the value in the law."
    return Section(curve.param, curve.zh if zh else curve.en, [note], [Figure(label, "", drawn)], [table.view()])
