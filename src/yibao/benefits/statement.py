"""The statement of a settlement: first what an insured person wants to know, then how each layer was reckoned."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yibao.benefits.bill import SettledBill
from yibao.benefits.identities import IDENTITIES
from yibao.benefits.national import setldetail, setlinfo
from yibao.benefits.statement_words import GRADES, KINDS, LEVELS, PLACES, STEPS
from yibao.benefits.steps import LAYER_NAMES
from yibao.benefits.words import VALUES
from yibao.presentation.fmt import Format, Lang, heading

_WIDTH = 78


def statement(settled: SettledBill, lang: Lang) -> str:
    """The whole statement as text."""
    return "\n".join(_lines(settled, lang)) + "\n"


def _lines(settled: SettledBill, lang: Lang) -> Iterator[str]:
    money, r, zh = Format(lang), settled.result, lang == "zh"
    yield from _head(settled, lang)
    yield ""
    yield _title("结论" if zh else "In short", zh)
    funds, cash = money.money(r["fund_amount"]), money.money(r["cash_amount"])
    person, total = money.money(r["person_amount"]), money.money(r["total_amount"])
    share = money.percent(r["fund_amount"], r["total_amount"])
    if r["reversed_settlement_id"]:
        back, yours = money.money(-r["fund_amount"]), money.money(-r["person_amount"])
        original = r["reversed_settlement_id"]
        yield (
            f"冲正结算 {original}：退回基金 {back}，退还个人 {yours}。"
            if zh
            else (f"This takes back settlement {original}: the funds get back {back}, you get back {yours}.")
        )
    elif zh:
        yield f"医疗费 {total}：各项保障支付 {funds}（{share}），个人负担 {person}。"
    else:
        yield f"Of {total}, the layers of protection pay {funds} ({share}); your share is {person}."
    if r["hospital_amount"]:
        yield (
            f"医院负担 {money.money(r['hospital_amount'])}。"
            if zh
            else f"The hospital bears {money.money(r['hospital_amount'])}."
        )
    if r["account_amount"]:
        family = money.money(r["family_account_amount"])
        account = money.money(r["account_amount"])
        yield (
            f"个人负担中，账户支付 {account}（其中家庭共济 {family}），现金 {cash}。"
            if zh
            else f"Of your share, {account} come from the account (a relative's: {family}); {cash} are paid in cash."
        )
    yield ""
    yield _title("费用拆分" if zh else "The bill in parts", zh)
    yield from _parts(r, money, zh)
    for layer, title in _layers(settled):
        yield ""
        yield _title(title[not zh] if zh else heading(title[1]), zh)
        yield from _layer([s for s in settled.steps if s["layer"] == layer], settled, money, zh)
    yield ""
    yield _title("个人负担的构成" if zh else "What your share is made of", zh)
    yield from _person(r, money, zh)
    yield ""
    yield _title("国家接口字段" if zh else "Fields of the national interface", zh)
    yield from _national(settled)
    yield ""
    yield from _foot(settled, zh)


def _head(settled: SettledBill, lang: Lang) -> Iterator[str]:
    file, policy, zh = settled.file, settled.policy, lang == "zh"
    money, bill = Format(lang), file.bill
    assert file.person is not None
    yield ("医疗费用结算单" if zh else "Statement of settlement").center(40).strip()
    kind = KINDS.get(bill.kind, (bill.kind, bill.kind))[not zh]
    place = PLACES[bill.place][not zh]
    where = _level(bill.level, zh)
    day, person = money.day(bill.settled_at), file.person.id
    status = bill.status or file.person.status
    known = [bill.person_class or file.person.person_class, *([status] if status != "none" else [])]
    who = ("、" if zh else ", ").join(VALUES[word][not zh] for word in known)
    yield (
        f"结算号 {bill.id} · 参保人 {person}（{who}） · {day}"
        if zh
        else f"settlement {bill.id} · insured person {person} ({who}) · {day}"
    )
    yield " · ".join(part for part in (kind, where if bill.level else "", place) if part)
    title, grade = policy.title[lang], GRADES[policy.grade][not zh]
    yield f"政策：{title}（{policy.key}）" if zh else f"policy: {title} ({policy.key})"
    yield f"政策可信度：{policy.grade}（{grade}）" if zh else f"trust grade of the policy: {policy.grade} ({grade})"
    if not policy.verified:
        note = "注意：此政策的参数未经官方文件核实，结果仅供参考。"
        english = "Note: its parameters were not verified against an official text; the result is indicative."
        yield note if zh else english


def _level(level: str, zh: bool) -> str:
    """``3.city`` in words."""
    words = [LEVELS.get(part, (part, part))[not zh] for part in level.split(".")]
    return "".join(reversed(words)) + "机构" if zh else " ".join([*reversed(words), "institution"])


def _parts(r: Mapping[str, Any], money: Format, zh: bool) -> Iterator[str]:
    rows = [
        ("医疗费总额", "total cost", r["total_amount"]),
        ("全自费（目录外）", "not covered", r["not_covered_amount"]),
        ("超限价自费", "above ceiling prices", r["over_limit_amount"]),
        ("乙类先行自付", "first share of class B items", r["first_share_amount"]),
        ("符合政策范围（可报销的基数）", "eligible: what the layers look at", r["eligible_amount"]),
    ]
    for chinese, english, amount in rows:
        if amount or chinese == "医疗费总额":
            yield _row(chinese if zh else english, money.amount(amount))


def _layers(settled: SettledBill) -> list[tuple[str, tuple[str, str]]]:
    """The layers that looked at something, with their titles; a policy may have its own."""
    present = dict.fromkeys(s["layer"] for s in settled.steps)
    out = []
    for layer in present:
        if layer in ("split", "person"):
            continue
        rule = getattr(settled.policy.layers, layer, None)
        own = rule.title if rule is not None else None
        title = (own.zh, own.en) if own is not None else LAYER_NAMES[layer]
        if layer == "basic":
            benefit = next((b for b in settled.policy.benefits if b.id == settled.result["benefit"]), None)
            if benefit is not None:
                title = (f"{title[0]}（{benefit.title.zh}）", f"{title[1]} ({benefit.title.en})")
        out.append((layer, title))
    return out


#: By whether the bill asked for none.
_NO_BENEFIT = {
    False: (
        "此类就医不在政策的待遇之内，基金不支付。",
        "The policy has no benefit for this kind of care: nothing is paid.",
    ),
    True: (
        "本次仅用个人账户和现金结算，基金不支付。",
        "Paid from the account and in cash alone, as asked: the fund pays nothing.",
    ),
}


def _layer(steps: Sequence[Mapping[str, Any]], settled: SettledBill, money: Format, zh: bool) -> Iterator[str]:
    if settled.result["benefit"] is None:
        yield _NO_BENEFIT[settled.file.bill.account_only][not zh]
        return
    for step in steps:
        words = STEPS[step["step"]][not zh].format(
            times=settled.result["times"],
            base=money.amount(step["base_amount"]),
            rate=money.value(step["rate_ppm"], "ppm")
            if step["rate_ppm"] is None
            else f"{step['rate_ppm'] / 10_000:g}%",
        )
        sign = "= " if step["step"] == "paid" else "− " if step["step"] in ("deductible", "above_limit") else ""
        yield _row(words, sign + money.amount(step["amount"]))
    if steps[0]["layer"] == "basic":
        yield from _adjustments(settled, zh)


def _adjustments(settled: SettledBill, zh: bool) -> Iterator[str]:
    """Why the rates are not those of the table: retirement, care elsewhere."""
    file = settled.file
    benefit = next(b for b in settled.policy.benefits if b.id == settled.result["benefit"])
    person = file.bill.person_class or (file.person.person_class if file.person else "")
    if benefit.retiree is not None and person == "retired":
        yield "  注：比例已按退休人员调整。" if zh else "  Note: the rates are those of a retired person."
    if benefit.out_of_region is not None and file.bill.place not in ("local", "long_term"):
        place = PLACES[file.bill.place][not zh]
        yield f"  注：比例已按异地就医降低（{place}）。" if zh else f"  Note: the rates are lowered for care {place}."


def _person(r: Mapping[str, Any], money: Format, zh: bool) -> Iterator[str]:
    """What the person bears: outside the range and inside it, after all layers."""
    outside = r["not_covered_amount"] + r["over_limit_amount"] + r["first_share_amount"]
    rows = [
        ("政策范围外（全自费、超限价、先行自付）", "outside the range", outside),
        ("政策范围内", "within the range", r["eligible_amount"]),
        ("减：各项保障支付", "less what the layers paid", -r["fund_amount"]),
        ("减：医院负担", "less what the hospital bears", -r["hospital_amount"]),
        ("个人负担", "your share", r["person_amount"]),
    ]
    for chinese, english, amount in rows:
        if amount or chinese == "个人负担":
            yield _row(chinese if zh else english, money.amount(amount))


def _national(settled: SettledBill) -> Iterator[str]:
    fields = {
        k: v for k, v in setlinfo(settled.result).items() if k not in ("setl_id", "psn_no", "mdtrt_id", "init_setl_id")
    }
    pairs = [f"{name} {value}" for name, value in fields.items()]
    for start in range(0, len(pairs), 3):
        yield "  ".join(_fill(pair, 30) for pair in pairs[start : start + 3]).rstrip()
    for row in setldetail(settled.result, settled.policy.scheme, settled.steps, settled.profile):
        shown = ["fund_pay_type", "fund_payamt", *(["crt_payb_lmt_amt"] if row["crt_payb_lmt_amt"] else [])]
        yield " ".join([f"{name} {row[name]}" for name in shown] + [row["fund_pay_type_name"]])


def _foot(settled: SettledBill, zh: bool) -> Iterator[str]:
    suspended = settled.result["suspended"]
    told = [code for code in IDENTITIES if code != suspended and (code != "I8" or settled.file.bill.lines)]
    yield f"已核对的恒等式：{'、'.join(told)}。" if zh else f"Identities that were checked and hold: {', '.join(told)}."
    if suspended:
        words = IDENTITIES[suspended][not zh]
        yield (
            f"{suspended}（{words}）不适用：本政策有保底支付，本次按保底比例支付。"
            if zh
            else f"{suspended} ({words}) does not apply: this policy has a floor payment, and it came into play."
        )
    for name in settled.unmatched:
        yield (
            f"目录中没有此项，按全自费计算：{name}" if zh else f"not in the catalogue, reckoned as not covered: {name}"
        )


def _title(words: str, zh: bool) -> str:
    return f"【{words}】" if zh else f"{words}\n{'-' * len(words)}"


def _row(words: str, amount: str) -> str:
    return f"  {_fill(words, _WIDTH - 24)}{amount:>18}"


def _fill(text: str, width: int) -> str:
    """Text padded to a width on a terminal, where a Chinese character takes two places."""
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(width - wide, 1)
