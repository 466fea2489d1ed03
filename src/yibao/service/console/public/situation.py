"""A situation to be reckoned: read from an address, checked field by field, settled by the benefit engine.

The bill that comes of it is a bill file as `yibao settle --bill` reads it, and is settled by the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.benefits import PolicyBook, bill_from, settle_bill
from yibao.benefits.bill import SettledBill
from yibao.benefits.bill_file import BillError
from yibao.benefits.conditions import STATUSES
from yibao.benefits.quantities import parse_amount
from yibao.benefits.vocabulary import Policy
from yibao.presentation.fmt import Lang
from yibao.service.console.insured.bill import registered
from yibao.service.console.insured.steps import Shared, shared
from yibao.service.console.insured.telling import Teller
from yibao.service.console.insured.words import Bill, Pair, Told

#: The fields of a situation with what each may be, in words.
CHOICES: Mapping[str, Mapping[str, Pair]] = {
    "kind": {
        "21": ("住院", "hospital stay"),
        "11": ("普通门诊", "outpatient visit"),
        "14": ("门诊慢特病", "chronic outpatient care"),
        "41": ("药店购药", "pharmacy purchase"),
    },
    "level": {"3": ("三级", "level 3"), "2": ("二级", "level 2"), "1": ("一级或社区", "level 1 or community")},
    "class": {
        "in_service": ("在职职工", "employee"),
        "retired": ("退休职工", "retired employee"),
        "adult": ("成年居民", "adult resident"),
        "elderly": ("老年居民", "elderly resident"),
        "minor": ("学生儿童", "student or child"),
    },
    "place": {
        "local": ("参保地", "where insured"),
        "long_term": ("异地长期居住，已备案", "elsewhere, filed as resident"),
        "referral": ("异地转诊，已备案", "elsewhere, on referral"),
        "emergency": ("异地急诊", "elsewhere, emergency"),
        "unfiled": ("异地，没有备案", "elsewhere, not filed"),
    },
    "status": {"none": ("没有登记", "none on record")}
    | {name: registered(name) for name in STATUSES if name != "none"},
}
MONEY = ("total", "not_covered", "over_limit", "first_share")
#: Person classes of each scheme; the first is what is taken when nothing is said.
CLASSES = {"310": ("in_service", "retired"), "390": ("adult", "elderly", "minor"), "340": ("retired",)}
DEFAULTS = {
    "kind": "21", "level": "3", "class": "", "place": "local", "status": "none", "total": "20000", "not_covered": "500",
    "over_limit": "0", "first_share": "1000",
}  # fmt: skip
#: What a second situation may change.
CHANGES = ("kind", "level", "class", "place", "status")
#: The most that a field of money may say (fen).
MOST = 10_000_000_00


@dataclass(frozen=True)
class Outcome:
    """A situation settled: the file it was, the shares, the steps in words."""

    file: Mapping[str, Any]
    settled: SettledBill
    shared: Shared
    told: list[Told]
    check: str


def offered(book: PolicyBook, regions: Iterable[str], day: date) -> list[Policy]:
    """Whole policies, those of the ledger's own regions first, the newest version of each."""
    own = set(regions)
    newest = {policy.id: policy for policy in sorted(book.policies.values(), key=lambda p: p.effective.start)}
    whole = [policy for policy in newest.values() if policy.extent == "whole" and policy.scheme in CLASSES]
    return sorted(whole, key=lambda p: (p.region not in own, not p.in_force(day), p.scheme != "390", p.id))


def read_situation(
    query: Mapping[str, str], policies: list[Policy], lang: Lang
) -> tuple[dict[str, str], dict[str, str]]:
    """The values of the form, and what is wrong with them by field."""
    zh, wrong = lang == "zh", {}
    said = {name: query.get(name, default).strip() for name, default in DEFAULTS.items()}
    said["policy"] = query.get("policy", policies[0].id if policies else "").strip()
    policy = next((one for one in policies if one.id == said["policy"]), None)
    if policy is None:
        wrong["policy"] = "请从列表中选择政策" if zh else "Choose a policy of the list"
    classes = CLASSES[policy.scheme] if policy else ()
    said["class"] = said["class"] or (classes[0] if classes else "")
    for name, choices in CHOICES.items():
        if said[name] not in choices:
            wrong[name] = "请从列表中选择" if zh else "Choose one of the list"
    if policy and "class" not in wrong and said["class"] not in classes:
        names = ("、" if zh else ", ").join(CHOICES["class"][one][not zh] for one in classes)
        wrong["class"] = f"这套政策只适用于：{names}" if zh else f"This policy is for: {names}"
    for name in MONEY:
        if (why := _wrong_money(said[name], zh)) is not None:
            wrong[name] = why
    if not any(name in wrong for name in MONEY) and eligible(said) < 0:
        wrong["total"] = "总费用小于各项自费之和" if zh else "The total is less than the parts below it"
    for name in CHANGES:
        said[f"{name}_b"] = query.get(f"{name}_b", "").strip()
        if said[f"{name}_b"] and said[f"{name}_b"] not in CHOICES[name]:
            wrong[f"{name}_b"] = "请从列表中选择" if zh else "Choose one of the list"
    if policy and said["class_b"] and "class_b" not in wrong and said["class_b"] not in classes:
        wrong["class_b"] = "这套政策不适用于这类人员" if zh else "This policy is not for this class"
    return said, wrong


def _wrong_money(text: str, zh: bool) -> str | None:
    try:
        fen = parse_amount(text).fen
    except ValueError:
        return "请填写金额，例如 1200 或 1200.50" if zh else "Give an amount such as 1200 or 1200.50"
    if parse_amount(text).of or not 0 <= fen <= MOST:
        return "金额应在 0 至 1000 万元之间" if zh else "An amount lies between 0 and 10 million yuan"
    return None


def eligible(said: Mapping[str, str]) -> int:
    """What is left of the total for insurance (fen)."""
    total, *parts = (parse_amount(said[name]).fen for name in MONEY)
    return total - sum(parts)


def changed(said: Mapping[str, str]) -> dict[str, str] | None:
    """The second situation; None where nothing was changed."""
    other = {name: said[f"{name}_b"] for name in CHANGES if said[f"{name}_b"] and said[f"{name}_b"] != said[name]}
    return {**said, **other} if other else None


def bill_file(said: Mapping[str, str], policy: Policy, day: date) -> dict[str, Any]:
    """The situation as a bill file: the day is today, or the policy's last or first where it is not in force."""
    held = day if policy.in_force(day) else max(policy.effective.start, min(day, policy.effective.end or day))
    if policy.effective.end is not None and held >= policy.effective.end:
        held = policy.effective.start
    fen = eligible(said)
    return {
        "policy": policy.key,
        "person": {"id": "me", "class": said["class"], "status": said["status"]},
        "bill": {
            "id": "1", "kind": said["kind"], "settled_at": held.isoformat(), "level": said["level"],
            "place": said["place"], **{name: said[name] for name in MONEY}, "eligible": f"{fen // 100}.{fen % 100:02d}",
        },
    }  # fmt: skip


def reckon(said: Mapping[str, str], policy: Policy, book: PolicyBook, day: date, lang: Lang) -> Outcome | BillError:
    """The situation settled, or why it cannot be."""
    doc = bill_file(said, policy, day)
    try:
        settled = settle_bill(bill_from(doc), book)
    except BillError as error:
        return error
    made = shared(settled.result, settled.steps)
    bill = Bill(said["kind"] == "21", said["level"], said["place"], said["status"], registered(said["status"]))
    teller = Teller(lang, bill, made, settled.profile)
    return Outcome(doc, settled, made, teller.told(), teller.check())
