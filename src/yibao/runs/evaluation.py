"""Writes the evaluation of models over labelled providers: a page in each language and the figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yibao.measures import Interval
from yibao.presentation.fmt import Format, Lang, heading
from yibao.presentation.messages import LANGUAGES
from yibao.presentation.report.rows import RowTable
from yibao.presentation.report.scene import Figure
from yibao.presentation.study import Rows, Section, Study, write_study
from yibao.supervision.models.evaluate import METHODS, Evaluation
from yibao.supervision.models.validation import Figures

NAME = "evaluation"


def plain(found: Evaluation) -> dict[str, Any]:
    """The evaluation as JSON figures."""
    return asdict(found)


def write_evaluation(found: Evaluation, folder: Path) -> list[Path]:
    """``evaluation.<language>.html`` and ``evaluation.json`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [write_study(folder, _study(found, lang), Format(lang)) for lang in LANGUAGES]
    table = folder / f"{NAME}.json"
    table.write_text(json.dumps(plain(found), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*paths, table]


def method_rows(methods: Sequence[Figures], lang: Lang) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the table of methods, as a terminal and a page show them."""
    zh = lang == "zh"
    heads = (
        ["方法", "ROC-AUC", "PR-AUC", *(f"前 {k} 名命中率" for k, _ in methods[0].precision), "F1", "Brier"]
        if zh
        else ["method", "ROC-AUC", "PR-AUC", *(f"precision@{k}" for k, _ in methods[0].precision), "F1", "Brier"]
    )
    rows = [
        [
            METHODS[m.method][0 if zh else 1], interval(m.roc_auc), interval(m.pr_auc),
            *(f"{p:.3f}" for _, p in m.precision), f"{m.f1:.3f}", "—" if m.brier is None else f"{m.brier:.4f}",
        ]
        for m in methods
    ]  # fmt: skip
    return heads, rows


def interval(found: Interval, sign: bool = False) -> str:
    """A figure with its 95 % interval."""
    form = "{:+.3f}" if sign else "{:.3f}"
    return f"{form.format(found.value)} ({form.format(found.lower)} – {form.format(found.upper)})"


def _study(found: Evaluation, lang: Lang) -> Study:
    zh = lang == "zh"
    best = max(found.methods, key=lambda m: m.pr_auc.value)
    base = found.methods[0]
    blind = next((m for m in found.methods if m.method == "unlabelled"), None)
    failed = [c for c in found.checks if not c.passed]
    says = (
        [
            f"{METHODS[best.method][0]}：ROC-AUC *{best.roc_auc.value:.3f}*，PR-AUC *{best.pr_auc.value:.3f}*；"
            f"基线为 {base.roc_auc.value:.3f} 和 {base.pr_auc.value:.3f}。",
            f"名单前 100 名中为阳性的 {dict(best.precision).get(100, 0):.0%}。"
            if found.units > 100
            else f"共 {found.units:,} 个。",
            "泄漏检查全部通过。" if not failed else f"泄漏检查有 {len(failed)} 项未通过，以上数字不可信。",
        ]
        if zh
        else [
            f"{heading(METHODS[best.method][1])}: ROC-AUC *{best.roc_auc.value:.3f}*, PR-AUC *{best.pr_auc.value:.3f}*"
            f"; the baseline reaches {base.roc_auc.value:.3f} and {base.pr_auc.value:.3f}.",
            f"Of the first 100 on the list {dict(best.precision).get(100, 0):.0%} are positives."
            if found.units > 100
            else f"{found.units:,} {found.of}.",
            "All leakage checks passed."
            if not failed
            else f"{len(failed)} leakage checks failed: the figures above are not to be trusted.",
        ]
    )
    if blind is not None:
        areas = f"ROC-AUC *{blind.roc_auc.value:.3f}*, PR-AUC *{blind.pr_auc.value:.3f}*"
        says.insert(
            1, f"不用标签的评分：{areas.replace(', ', '，')}。" if zh else f"The score without labels: {areas}."
        )
    return Study(
        NAME,
        "模型评估" if zh else "Evaluation of the models",
        "模型能否比“谁报得多就查谁”更好地排出该查的机构？"
        if zh
        else "Do the models rank what deserves an inspection better than “whoever is paid most”?",
        denominator(found, lang),
        says,
        "模型只产生线索。标签不等于认定，且标签的产生方式没有公布；换一年、换一地，数字会不同。"
        if zh
        else "Models only ever produce leads. A label is no ruling, and how these labels were made is not published; "
        "another year or another place gives other figures.",
        _sections(found, lang),
    )


def denominator(found: Evaluation, lang: Lang) -> list[str]:
    """On what the figures rest, in words."""
    share = f"{found.positives / found.units:.1%}"
    if lang == "zh":
        of, left = {
            "providers": ("家机构", "家没有住院报销单，只有汇总特征"),
            "findings": ("条已认定的命中", "条未认定，不在其内"),
        }[found.of]
        return [
            f"分母：{found.units:,} {of}，其中阳性 {found.positives:,}（{share}）",
            f"{found.left_out:,} {left}",
            f"{found.repeats} 次重复 × {found.folds} 折交叉验证，按机构分组",
        ]
    left = {
        "providers": "have no inpatient claim: of them only the aggregates are known",
        "findings": "are undecided and not among them",
    }[found.of]
    of = {"providers": "providers", "findings": "decided findings"}[found.of]
    return [
        f"Denominator: {found.units:,} {of}, {found.positives:,} of them positive ({share})",
        f"{found.left_out:,} {left}",
        f"{found.repeats} × {found.folds}-fold cross-validation, grouped by provider",
    ]


def _sections(found: Evaluation, lang: Lang) -> list[Section]:
    zh = lang == "zh"
    names = {"with_claims": ("有住院报销单", "with an inpatient claim"),
             "without_claims": ("没有住院报销单", "without an inpatient claim"),
             "later": ("后期认定，只用此前的认定训练", "later decisions, trained on earlier ones only")}  # fmt: skip
    strata = [
        _methods(s.figures, lang, f"{names[s.name][0 if zh else 1]}: {s.units:,} / {s.positives:,}")
        for s in found.strata
    ]
    gains = Rows(
        "比基线高多少" if zh else "gain over the baseline",
        ["方法", "ROC-AUC", "PR-AUC"] if zh else ["method", "ROC-AUC", "PR-AUC"],
        (1, 2),
    )
    for m in found.methods:
        if m.roc_gain and m.pr_gain:
            gains.add(heading(METHODS[m.method][0 if zh else 1]), interval(m.roc_gain, True), interval(m.pr_gain, True))
    checks = Rows(
        "泄漏检查" if zh else "leakage checks", ["检查", "结果", "通过"] if zh else ["check", "found", "passed"]
    )
    for c in found.checks:
        checks.add(
            heading(c.zh if zh else c.en), c.value, ("是" if zh else "yes") if c.passed else ("否" if zh else "NO")
        )
    return [
        Section(
            "methods",
            "各方法" if zh else "Methods",
            [
                "括号内为 95% 区间，对机构自助抽样 400 次；同一批抽样用于比较。F1 的阈值在其余各折上选定。"
                "无标签评分不读标签，权重取平台自身的上限；但其形式是在约二十种不用标签的方案中选定的，"
                "选时看过它们在公开的美国数据上的数字。因此列出其他权重。"
                if zh
                else "In brackets 95 % intervals from 400 bootstrap draws of providers, the same draws for every "
                "comparison. The threshold of F1 is chosen on the other folds. The score without labels "
                "reads none, and its weight is the platform's own cap; but its form was chosen among about twenty "
                "variants without labels whose figures on the public US set had been seen. Other weights "
                "stand beside it."
            ],
            [_curves(found, lang)],
            [_methods(found.methods, lang, "各方法" if zh else "methods"), gains.view()],
        ),
        *([Section("strata", "分母拆开看" if zh else "The denominator taken apart", [], [], strata)] if strata else []),
        Section(
            "calibration",
            "概率可信吗" if zh else "Can the probabilities be trusted?",
            ["点落在对角线上，说明“30%”就是三成。" if zh else "On the diagonal, 30 % means three in ten."],
            [_calibration(found, lang)],
        ),
        Section("leakage", "泄漏检查" if zh else "Leakage checks", [], [], [checks.view()]),
    ]


def _methods(methods: Sequence[Figures], lang: Lang, title: str) -> RowTable:
    heads, rows = method_rows(methods, lang)
    table = Rows(title, heads, tuple(range(1, len(heads))))
    for row in rows:
        table.add(heading(row[0]), *row[1:])
    return table.view()


def _curves(found: Evaluation, lang: Lang) -> Figure:
    from yibao.presentation.charts.curves import Curve, curves  # the chart renderer starts slowly: only when drawn

    zh = lang == "zh"
    order = [
        m
        for m in ("ranker_findings", "baseline_amount", "ranker_claims", "ranker_shared", "unlabelled", "baseline")
        if m in found.curves
    ][-4:]
    short = {
        "ranker_claims": ("加报销单特征", "with claims"), "ranker_shared": ("共享特征", "shared features"),
        "unlabelled": ("无标签", "without labels"), "baseline": ("基线", "baseline"),
        "ranker_findings": ("排序模型", "ranker"), "baseline_amount": ("基线", "baseline"),
    }  # fmt: skip
    series = [Curve(short[m][0 if zh else 1], tuple(found.curves[m])) for m in order]
    title = "查全与查准" if zh else "Precision against recall"
    axes = ("查全率", "查准率") if zh else ("recall", "precision")
    return Figure(title, "", curves(series, title, *axes))


def _calibration(found: Evaluation, lang: Lang) -> Figure:
    from yibao.presentation.charts.curves import Curve, curves

    zh = lang == "zh"
    points = tuple((a, b) for a, b, _ in found.calibration)
    title = "预测概率与实际比例" if zh else "Predicted probability and observed share"
    series = [
        Curve("模型" if zh else "ranker", points),
        Curve("理想" if zh else "ideal", ((0.0, 0.0), (max(1e-9, points[-1][0]), points[-1][0]))),
    ]
    return Figure(title, "", curves(series, title, *(("预测", "实际") if zh else ("predicted", "observed"))))
