"""The year of a person: what each layer has paid, what is left of it, and what would be paid next time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.benefits import Accumulators, PolicyBook, bill_from, settle_bill
from yibao.benefits.bill_file import BillError
from yibao.benefits.conditions import Facts
from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.resolve import NoRule, Profile, profile
from yibao.benefits.vocabulary import Policy
from yibao.benefits.vocabulary_basic import POTS
from yibao.presentation.fmt import Format, Lang
from yibao.service.console.insured.bill import BillPage
from yibao.service.console.insured.words import NAMES, Pair
from yibao.service.standing import Standing

#: What a next stay or visit is reckoned on (fen): an amount wholly within what insurance covers.
NEXT = {"21": 1_000_000, "11": 30_000}
LEVELS: Mapping[str, Pair] = {
    "3": ("三级医院", "level-3 hospital"), "2": ("二级医院", "level-2 hospital"),
    "1": ("一级医院、社区", "level-1 or community"),
}  # fmt: skip


@dataclass(frozen=True)
class Used:
    """A figure of the year: used, the limit, a note. ``share`` is thousandths of the limit; None without one."""

    name: str
    used: str
    limit: str = ""
    share: int | None = None
    note: str = ""


def figures_after(page: BillPage, lang: Lang) -> list[Used]:
    """The year as it stood after a bill."""
    assert page.reckoned is not None
    found = page.reckoned.profile
    if found is None or found.benefit is None:
        return []
    figures = figures_of(page.reckoned.year, str(page.settlement["person_id"]))
    return list(_figures(found, figures, Format(lang), lang == "zh"))


def figures_of(year: Accumulators, person_id: str) -> dict[str, int]:
    """The figures of one person by their names."""
    return {row["name"]: row["amount"] for row in year.table.to_pylist() if row["person_id"] == person_id}


def _figures(found: Profile, figures: Mapping[str, int], fmt: Format, zh: bool) -> Iterator[Used]:
    basic, benefit = found.basic, found.benefit
    assert benefit is not None
    pot = POTS[basic["ded_pot"]]
    if basic["ded_year"] and found.deductibles[0]:
        yield _used(
            ("起付线已用", "Deductible used"), figures.get(f"{pot}.deductible", 0), found.deductibles[0], fmt, zh
        )
    title = benefit.title.zh if zh else benefit.title.en
    cap_pot = POTS[basic["cap_pot"]]
    if basic["cap_eligible"] < UNLIMITED:
        used = figures.get(f"{cap_pot}.cap_eligible", 0)
        yield _used(
            (f"{title}：已计入限额的费用", f"Basic insurance, {title}: expense counted"),
            used,
            basic["cap_eligible"],
            fmt,
            zh,
        )
    else:
        used = figures.get(f"{cap_pot}.cap_paid", 0)
        yield _used((f"{title}：基本医保已付", f"Basic insurance, {title}: paid"), used, basic["cap_fund"], fmt, zh)
    if basic["annual_fund"] < UNLIMITED:
        yield _used(
            ("各项待遇合计已付", "Paid over all benefits"), figures.get("annual.paid", 0), basic["annual_fund"], fmt, zh
        )
    for name, (layer, _) in found.layers.items():
        if layer["year"]:
            yield from _layer(name, layer, figures, fmt, zh)
    if figures.get("account.balance"):
        yield Used("个人账户余额" if zh else "Personal account, balance", fmt.money(figures["account.balance"]))


def _layer(name: str, layer: Mapping[str, int], figures: Mapping[str, int], fmt: Format, zh: bool) -> Iterator[Used]:
    seen, paid, threshold = figures.get(f"{name}.seen", 0), figures.get(f"{name}.paid", 0), layer["threshold"]
    title = NAMES[name][0].removesuffix("付") if zh else NAMES[name][1].replace(" pays", "")
    if threshold:
        left = max(threshold - seen, 0)
        note = (
            (f"再自付 {fmt.money(left)}就开始付" if zh else f"it pays once you have borne {fmt.money(left)} more")
            if left
            else ("已经开始付" if zh else "it pays now")
        )
        words = (f"{title}：计入的自付累计 / 起付标准", f"{title}: your share counted / threshold")
        made = _used(words, seen, threshold, fmt, zh)
        yield Used(made.name, made.used, made.limit, made.share, note)
    yield _used((f"{title}：已付", f"{title}: paid"), paid, layer["cap"], fmt, zh)


def _used(words: Pair, used: int, limit: int, fmt: Format, zh: bool) -> Used:
    if limit >= UNLIMITED:
        return Used(words[not zh], fmt.money(used), "", None, "不封顶" if zh else "no limit")
    left = max(limit - used, 0)
    note = f"还剩 {fmt.money(left)}" if zh else f"{fmt.money(left)} left"
    return Used(words[not zh], fmt.money(used), fmt.money(limit), 1000 * used // limit if limit else 0, note)


@dataclass(frozen=True)
class Cover:
    """One benefit of the policy for this person: its figures of the year."""

    title: str
    rows: Sequence[Used]


def cover(policy: Policy, standing: Standing, figures: Mapping[str, int], lang: Lang) -> list[Cover]:
    """Every benefit of the policy with what the person has used of it; layers that follow several stand once."""
    fmt, zh, out, told = Format(lang), lang == "zh", [], set()
    for benefit in policy.benefits:
        try:
            found = profile(policy, _facts(benefit.kinds[0], "3", policy, standing))
        except NoRule:
            continue
        if found.benefit is None:
            continue
        rows = [row for row in _figures(found, figures, fmt, zh) if row.name not in told]
        told |= {row.name for row in rows}
        if rows:
            out.append(Cover(benefit.title.zh if zh else benefit.title.en, rows))
    return out


@dataclass(frozen=True)
class Next:
    """What a next bill would get: on how much, at which place, how much is paid (fen)."""

    stay: bool
    level: str
    amount: int
    fund: int


def next_time(book: PolicyBook, policy: Policy, standing: Standing, year: Accumulators, day: date) -> list[Next]:
    """What would be paid on a next bill at each level, after what the year has seen: settled, not estimated."""
    out = []
    for kind, amount in NEXT.items():
        for level in LEVELS:
            yuan = f"{amount // 100}"
            bill = {
                "id": "next",
                "kind": kind,
                "settled_at": day.isoformat(),
                "level": level,
                "total": yuan,
                "eligible": yuan,
            }
            person = {
                "id": str(standing.person["person_id"]),
                "class": standing.person_class,
                "status": standing.status(policy),
                "age": standing.age,
                "covers": list(standing.supplements),
            }
            try:
                file = bill_from({"policy": policy.key, "person": person, "bill": bill})
                done = settle_bill(file, book, opening=year, explain=False)
            except BillError:
                continue
            out.append(Next(kind == "21", level, amount, int(done.result["fund_amount"])))
    return out


def _facts(kind: str, level: str, policy: Policy, standing: Standing) -> Facts:
    return Facts(
        kind,
        level,
        standing.person_class,
        standing.status(policy),
        age=-1 if standing.age is None else standing.age,
        covers=frozenset(standing.supplements),
    )


def sums(bills: Sequence[Mapping[str, Any]], year: int) -> tuple[int, int, int]:
    """What all bills of a year came to: in all, insurance, the person (fen)."""
    mine = [bill for bill in bills if bill["settled_at"].year == year]
    total, fund, hospital = (
        sum(bill[name] or 0 for bill in mine) for name in ("total_amount", "fund_amount", "hospital_amount")
    )
    return total, fund, total - fund - hospital
