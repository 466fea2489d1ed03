"""The steps of a bill told in plain words, Chinese and English: why each is as it is, and its sum written out.

Every figure in a sentence is one of the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.benefits.resolve import Profile
from yibao.benefits.statement_words import LEVELS, PLACES
from yibao.presentation.fmt import MINUS, Format, Lang
from yibao.service.console.insured.items import Item
from yibao.service.console.insured.steps import Shared, Step
from yibao.service.console.insured.words import NAMES, WHO, Bill, Told


class Teller:
    """Tells the steps of one bill in one language."""

    def __init__(self, lang: Lang, bill: Bill, shared: Shared, profile: Profile | None) -> None:
        self.zh, self.fmt = lang == "zh", Format(lang)
        self.bill, self.shared, self.profile = bill, shared, profile

    def told(self) -> list[Told]:
        return [self._one(step) for step in self.shared.steps]

    def check(self) -> str:
        """The line under the steps: the person's parts add up to the person's share."""
        parts = [step.amount for step in self.shared.yours]
        sums = " ".join(
            f"{'' if n == 0 else MINUS if amount < 0 else '+'} {self.fmt.amount(abs(amount))}".strip()
            for n, amount in enumerate(parts)
        )
        person = self.fmt.money(self.shared.person)
        if len(parts) == 1:
            return self._t(f"核对：您付的一项 {person}", f"Check: your one part is {person}")
        if not parts:
            return self._t(f"核对：您付 {person}", f"Check: you pay {person}")
        return self._t(
            f"核对：您付的{_count(len(parts))}项 {sums} = {person}", f"Check: your {len(parts)} parts {sums} = {person}"
        )

    def _one(self, step: Step) -> Told:
        name = self._t(*NAMES[step.name])
        if step.name == "total" and self.bill.stay:
            name = self._t("住院总费用", "The whole stay")
        about = getattr(self, f"_{step.name}", None)
        sentence, sums = about(step) if about else self._layer(step)
        return Told(step, name, self._t(*WHO[step.payer]), sentence, sums)

    # --- before insurance ---------------------------------------------------------------------------------------------

    def _total(self, _: Step) -> tuple[str, list[str]]:
        n = len(self.bill.items)
        if not n:
            return self._t("医院开出的全部费用。", "Everything that was charged."), []
        if n == 1:
            return self._t("这次只有 1 项。", "There is one item."), []
        return self._t(f"药品、检查、治疗等 {n} 项加起来。", f"Drugs, tests and treatment: {n} items in all."), []

    def _not_covered(self, _: Step) -> tuple[str, list[str]]:
        of = [item for item in self.bill.items if item.not_covered > 0]
        n, are = len(of), "is" if len(of) == 1 else "are"
        if not n:
            return self._t(
                "医保目录里没有，或这次不能报销，全部自己付（全自费）。",
                "Outside the insurance catalogue: you pay all of it.",
            ), []
        return self._t(
            f"医保目录里没有或不符合支付条件的 {n} 项，全部自己付（全自费）。",
            f"{n} item{'' if n == 1 else 's'} {are} outside the catalogue or its conditions, so you pay all of "
            f"{'it' if n == 1 else 'them'}.",
        ), self._named(of, "not_covered")

    def _over_limit(self, _: Step) -> tuple[str, list[str]]:
        of = [item for item in self.bill.items if item.over_limit > 0]
        n = len(of)
        some = self._t(f"{n} 项" if n else "有的项目", f"{n} item{'' if n == 1 else 's'}" if n else "Some items")
        return self._t(
            f"{some}的单价高过医保限价，高出的部分自己付（超限价自费）。",
            f"{some} cost more than the price ceiling: what lies above it is yours.",
        ), self._named(of, "over_limit")

    def _first_share(self, _: Step) -> tuple[str, list[str]]:
        of = [item for item in self.bill.items if item.first_share > 0 and item.rate]
        rates = sorted({item.rate for item in of})
        if not rates:
            return self._t(
                "有些药和材料要先自己付一部分，再报销（先行自付）。",
                "For some drugs and materials you pay a part first.",
            ), []
        low, high = self.fmt.rate(rates[0]), self.fmt.rate(rates[-1])
        span = low if low == high else self._t(f"{low}至{high}", f"{low} to {high}")
        sentence = self._t(
            f"有些药和材料要先自己付 {span}，再报销（先行自付）。",
            f"For some drugs and materials you pay {span} first.",
        )
        return sentence, [self._at(rate, [item for item in of if item.rate == rate]) for rate in rates]

    def _at(self, rate: int, of: Sequence[Item]) -> str:
        """The items of one first-share rate, together."""
        n, amount = len(of), self.fmt.money(sum(item.first_share for item in of))
        share = self.fmt.rate(rate)
        return self._t(
            f"先付 {share} 的 {n} 项，一共 {amount}", f"{n} item{'' if n == 1 else 's'} at {share}: {amount} together"
        )

    def _named(self, of: Sequence[Item], part: str) -> list[str]:
        """Items with what of each is the person's."""
        return [
            f"{self.bill.names.get(item.code, item.name)}{self._t('：', ': ')}{self.fmt.money(getattr(item, part))}"
            for item in of
        ]

    def _deductible(self, step: Step) -> tuple[str, list[str]]:
        amount, yearly = self.fmt.money(step.amount), self.profile is not None and self.profile.basic["ded_year"]
        if yearly:
            whole = self.profile.deductibles[0] if self.profile else 0
            return self._t(
                f"一年里先由自己付的一段，全年 {self.fmt.money(whole)}，这次用了 {amount}。",
                f"The first part of the year is yours: {self.fmt.money(whole)} a year, of which {amount} on this bill.",
            ), []
        level = self._level()
        what = self._t(
            "每次住院先由自己付的一段" if self.bill.stay else "先由自己付的一段",
            "The first part of every stay is yours" if self.bill.stay else "The first part is yours",
        )
        sums = [self._t(f"今年第 {self.bill.times} 次", f"time {self.bill.times} this year")] if self.bill.times else []
        return self._t(f"{what}，{level} {amount}。", f"{what}: {amount} {level}."), sums

    # --- what insurance pays -----------------------------------------------------------------------------------------

    def _basic(self, step: Step) -> tuple[str, list[str]]:
        bands = [row for row in step.parts if row["step"] in ("band", "own_rate")]
        sums = [*self._bands(bands), *self._limits(step.parts)]
        if not step.parts:
            return self._t("医保基金按政策付的部分。", "What the fund pays under the policy."), []
        if self.profile is not None and self.profile.benefit is None:
            return self._t(
                "这类就医不在待遇里，医保不付。", "This kind of care has no benefit, so nothing is paid."
            ), []
        base = sum(row["base_amount"] or 0 for row in bands)
        if not base:
            return self._nothing(step), sums
        rates = sorted({row["rate_ppm"] for row in bands if row["rate_ppm"] is not None})
        first, last = (_percent(rates[0]), _percent(rates[-1])) if rates else ("", "")
        share = first if first == last else self._t(f"分段付 {first}至{last}", f"{first} to {last} by band")
        money = self.fmt.money(base)
        if not rates:
            return self._t(f"{money} 按单独的比例付。", f"{money} are paid at rates of their own."), sums
        left = self._t(
            f"剩下的 {money}，医保{'' if share.startswith('分') else '付 '}{share}。",
            f"Of the {money} that remain it pays {share}.",
        )
        return left + self._away() + self._cut(step), sums

    def _cut(self, step: Step) -> str:
        """That a limit took what the rates would give: without it the sentence would promise what was not paid."""
        less = -sum(row["amount"] or 0 for row in step.parts if row["step"] == "cut")
        if less <= 0:
            return ""
        if not step.amount:
            return self._t(
                "今年的限额已经用完，这次不付。", " The year's limit is used up, so nothing is paid this time."
            )
        money = self.fmt.money(less)
        return self._t(f"今年的限额到了，少付 {money}。", f" The year's limit is reached, which takes {money} off.")

    def _nothing(self, step: Step) -> str:
        """Why basic insurance pays nothing though something is eligible."""
        if any(row["step"] == "above_limit" for row in step.parts):
            return self._t("今年的限额已经用完，医保不再付。", "The year's limit is used up, so nothing more is paid.")
        return self._t(
            "还没有超过起付线，医保不付。", "The bill does not go beyond the deductible, so nothing is paid."
        )

    def _away(self) -> str:
        benefit = self.profile.benefit if self.profile else None
        if benefit is None or benefit.out_of_region is None or self.bill.place in ("local", "long_term", ""):
            return ""
        place = self._t(*PLACES[self.bill.place])
        return self._t(f"因为是{place}，比例比在本地低。", f" The share is lower than at home: {place}.")

    def _layer(self, step: Step) -> tuple[str, list[str]]:
        """A layer after basic insurance: on how much, above what, at what share."""
        rows = {row["step"]: row for row in step.parts}
        if not rows:
            return self._t("按政策再付的部分。", "What it pays under the policy."), []
        bands = [row for row in step.parts if row["step"] == "band"]
        seen = rows["seen"]["amount"] if "seen" in rows else 0
        whole = seen + (rows["looked_at"]["amount"] if "looked_at" in rows else 0)
        threshold = self._threshold(step.name, rows)
        base, rates = sum(row["base_amount"] or 0 for row in bands), sorted({row["rate_ppm"] for row in bands})
        share = self._t("至", " to ").join(dict.fromkeys((_percent(rates[0]), _percent(rates[-1])))) if rates else "0%"
        said = self.fmt.money
        sums = [*self._bands(bands), *self._limits(step.parts)]
        lead = ""
        if step.name in ("assistance", "tilt") and self.bill.status != "none":
            zh, en = self.bill.registered
            lead = self._t(f"您登记为{zh}。", f"On record: {en}. ")
        yearly = self.profile is None or self.profile.layers.get(step.name, ({"year": 1}, None))[0]["year"]
        if not threshold:
            paid = self._t(f"剩下的 {said(base)}，再付 {share}。", f"It pays {share} of {said(base)}.")
            return lead + paid + self._cut(step), sums
        if yearly and seen + base + threshold >= whole > threshold and base < whole:
            amounts = [self.fmt.amount(number) for number in (whole, threshold, whole - threshold)]
            sums = [f"{amounts[0]} {MINUS} {amounts[1]} = {amounts[2]}", *sums] if seen < threshold else sums
        when = self._t(
            "今年医保范围内自付累计" if yearly else "这次医保范围内自付",
            "your own share of covered costs this year" if yearly else "your own share of covered costs on this bill",
        )
        return lead + self._t(
            f"您{when} {said(whole)}，超过 {said(threshold)}的部分，再付 {share}。",
            f"{when[0].upper()}{when[1:]} came to {said(whole)}; above {said(threshold)} it pays {share}.",
        ) + self._cut(step), sums

    def _threshold(self, name: str, rows: Mapping[str, Mapping[str, Any]]) -> int:
        if "below_threshold" in rows and rows["below_threshold"]["base_amount"] is not None:
            return int(rows["below_threshold"]["base_amount"])
        layer = self.profile.layers.get(name) if self.profile else None
        return layer[0]["threshold"] if layer else 0

    def _hospital(self, _: Step) -> tuple[str, list[str]]:
        return self._t("按规定由医院承担，您不用付。", "Borne by the hospital under the rules: you do not pay it."), []

    def _rest(self, step: Step) -> tuple[str, list[str]]:
        eligible = self.shared.total - sum(
            s.amount for s in self.shared.steps if s.name in ("not_covered", "over_limit", "first_share")
        )
        minus = [s.amount for s in self.shared.steps if s.name == "deductible" or s.payer in ("fund", "hospital")]
        if not any(minus):
            return self._t("医保没有付的部分。", "What insurance did not pay."), []
        text = f" {MINUS} ".join(self.fmt.amount(amount) for amount in [eligible, *(a for a in minus if a)])
        return text + f" = {self.fmt.amount(step.amount)}", []

    def _back(self, _: Step) -> tuple[str, list[str]]:
        return self._t(
            "上面有几项先算在您名下，后面的救助等保障已替您付掉这一部分。",
            "Some parts above were counted as yours first; later layers then paid this much of them for you.",
        ), []

    # --- sums ---------------------------------------------------------------------------------------------------------

    def _bands(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        out = []
        for row in rows:
            base = self.fmt.amount(row["base_amount"])
            times = f" × {_percent(row['rate_ppm'])}" if row["rate_ppm"] is not None else ""
            out.append(f"{base}{times} = {self.fmt.amount(row['amount'])}")
        return out

    def _limits(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """What a limit, a floor or rounding changed after the rates."""
        words = {
            "above_limit": ("超过最高支付限额、不再计算的费用", "Expense above the limit, which does not enter"),
            "cut": ("超过年度限额（封顶线），少付", "Less, because the annual limit is reached"),
            "floor": ("按保底比例补足", "More, up to the floor payment"),
            "rounding": ("全年合并取整的差额", "Rounding of the year's running sum"),
        }  # fmt: skip
        return [
            f"{self._t(*words[row['step']])}{self._t('：', ': ')}{self.fmt.amount(row['amount'])}"
            for row in rows if row["step"] in words and row["amount"]
        ]  # fmt: skip

    def _level(self) -> str:
        head = self.bill.level.partition(".")[0]
        if head not in LEVELS or head == "0":
            return self._t("这家机构", "at this provider")
        return self._t(f"{LEVELS[head][0]}医院", f"at a {LEVELS[head][1].replace(' ', '-')} hospital")

    def _t(self, zh: str, en: str) -> str:
        return zh if self.zh else en


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:g}%"


def _count(number: int) -> str:
    return "零一两三四五六七八九十"[number] if number <= 10 else f" {number} "
