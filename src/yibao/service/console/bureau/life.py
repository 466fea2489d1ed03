"""The life of a rule on its page: what its text would have found in past data, the steps it took, the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yibao.lawbook import Law
from yibao.presentation.charts.bars import Month, monthly
from yibao.presentation.fmt import Format, Lang
from yibao.runs.lifecycle import Kind, sentences
from yibao.service.console.bureau.columns import PROVIDER
from yibao.service.console.drawing import Drawn, drawn
from yibao.service.console.listing import Column, Listing
from yibao.service.console.scoping import institution_name
from yibao.service.state import Service
from yibao.supervision.lifecycle.register import Entry, Register, Stage
from yibao.supervision.lifecycle.steps import NEEDS, promotable

STATUS = {"draft": ("草稿", "draft"), "trial": ("试运行", "trial"), "grey": ("灰度", "grey"), "on": ("启用", "on"),
          "off": ("停用", "off")}  # fmt: skip
WHAT = {"backtest": ("回测", "Back-test"), "grey": ("灰度报告", "Grey report"), "step": ("转为", "Became")}
#: Where a rule goes next.
_NEXT: Mapping[Stage, Stage] = {"draft": "grey", "grey": "on"}


@dataclass(frozen=True)
class Life:
    """What the page shows. ``reports``: (title, when, sentences); ``missing`` is the report that the next step lacks,
    or the back-test, and ``command`` makes it."""

    standing: str
    reports: list[tuple[str, str, list[str]]]
    figure: Drawn | None
    places: Listing
    steps: Listing
    waits: str
    missing: Kind | None
    command: str
    outdated: bool


def life(service: Service, law: Law, inside: frozenset[str], lang: Lang) -> Life:
    """The life of exactly this text of a rule; ``inside`` are the institutions within the reader's scope."""
    register, fmt = Register(service.ledger), Format(lang, service.ledger.currency)
    at, at_ = register.standing(law).stage, 0 if lang == "zh" else 1
    entries = [one for one in (register.report(law, "backtest"), register.report(law, "grey")) if one is not None]
    reports = [
        (WHAT[one.what][at_], fmt.time(datetime.fromisoformat(one.at)),
         sentences(one.figures, lang, service.ledger.currency))
        for one in entries
    ]  # fmt: skip
    tested, missing = register.report(law, "backtest"), _missing(register, law)
    return Life(
        STATUS[at][at_], reports, _by_month(tested, fmt) if tested else None, _places(service, tested, inside, lang),
        _steps(register, law, lang), _waits(register, law, lang), missing,
        _command(missing, law) if missing else "",
        tested is None and any(e.law_id == law.id and e.what == "backtest" for e in register.entries),
    )  # fmt: skip


def _missing(register: Register, law: Law) -> Kind | None:
    """The report that is missing: the next step's, else the back-test; none when all are there."""
    what = NEEDS.get(_NEXT.get(register.standing(law).stage, "grey"), "backtest")
    return what if register.report(law, what) is None else None


def _command(what: Kind, law: Law) -> str:
    """How data staff make a report."""
    return f"yibao law {what} {law.id} LEDGER" + ("" if law.shipped else " --law LAWS")


def _waits(register: Register, law: Law, lang: Lang) -> str:
    """What may be decided now: the step for which the report is there."""
    ready = promotable(register, law)
    if ready is None:
        return ""
    name = STATUS[ready[0]][0 if lang == "zh" else 1]
    return (
        f"报告已齐，等待决定是否转为{name}。"
        if lang == "zh"
        else f"The report is there: it may become {name} once decided."
    )


def _by_month(entry: Entry, fmt: Format) -> Drawn | None:
    """Back-tested findings by month; nothing to draw below two months."""
    months = [(date.fromisoformat(f"{month}-01"), count) for month, count in entry.figures.get("by_month", ())][-24:]
    if len(months) < 2:
        return None
    most = max(months, key=lambda one: (one[1], one[0]))
    total = sum(count for _, count in months)
    title = (f"{len(months)} 个月会命中 {fmt.count(total)} 件，最多的是 {fmt.month(most[0])}（{fmt.count(most[1])} 件）"
             if fmt.lang == "zh" else f"It would have found {fmt.count(total)} in {len(months)} months, most in "
             f"{fmt.month(most[0])} ({fmt.count(most[1])})")  # fmt: skip
    bars = [Month(fmt.month(month), count, f"{fmt.month(month)}: {fmt.count(count)}") for month, count in months]
    table = Listing("backtest", "回测逐月命中", "Back-tested findings by month", (
        Column("month", "月份", "Month", head=True), Column("findings", "命中", "Findings", "count"),
    ), [{"month": fmt.month(month), "findings": count} for month, count in months])  # fmt: skip
    svg = drawn(["backtest", title, [(str(month), count) for month, count in months]], lambda: monthly(bars, title))
    return Drawn(
        "backtest", title, "每月件数，全部数据" if fmt.lang == "zh" else "findings a month, all data", svg, (), table
    )


def _places(service: Service, entry: Entry | None, inside: frozenset[str], lang: Lang) -> Listing:
    """The institutions with most back-tested findings, as far as they are within scope."""
    found = entry.figures.get("by_institution", ()) if entry else ()
    return Listing("tested", "回测命中最多的机构", "Providers with most back-tested findings", (
        PROVIDER, Column("findings", "会命中", "Would be found", "count"),
        Column("amount", "费用，元", "Costs, ¥", "money"),
    ), [{"code": place, "name": institution_name(service, place, lang), "findings": count, "amount": money}
        for place, count, money in found if place in inside], order="-findings", caption=False)  # fmt: skip


def _steps(register: Register, law: Law, lang: Lang) -> Listing:
    """Reports and steps of every text of the rule, the newest first."""
    rows = [
        {"at": datetime.fromisoformat(e.at), "what": _told(e, lang), "version": e.version, "by": e.by or None,
         "reason": e.reason or None, "this": ("是", "yes") if e.law_hash == law.hash else ("否", "no")}
        for e in reversed(register.entries) if e.law_id == law.id
    ]  # fmt: skip
    return Listing("steps", "登记簿", "Register", (
        Column("what", "事项", "What", head=True), Column("at", "时间", "When", "time"),
        Column("version", "版本", "Version"), Column("this", "现行文本", "This text"),
        Column("by", "批准人", "By"), Column("reason", "理由", "Reason", "long"),
    ), rows, caption=False)  # fmt: skip


def _told(entry: Entry, lang: Lang) -> str:
    at = 0 if lang == "zh" else 1
    if entry.what != "step":
        return WHAT[entry.what][at]
    stage = STATUS[entry.stage][at]
    return f"{WHAT['step'][0]}{stage}" if lang == "zh" else f"{WHAT['step'][1]} {stage}"


def to_promote(service: Service, lang: Lang) -> list[dict[str, Any]]:
    """Rules whose report is there and whose next step waits for a decision: rule, next stage, since when."""
    register, at = Register(service.ledger), 0 if lang == "zh" else 1
    found = []
    for law in service.lawbook.laws.values():
        ready = promotable(register, law) if law.kind == "rule" else None
        if ready is not None:
            found.append({
                "law": law.id, "title": law.title[lang], "stage": STATUS[ready[0]][at],
                "since": datetime.fromisoformat(ready[1].at).date(),
            })  # fmt: skip
    return found
