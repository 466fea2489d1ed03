"""The identities of a settlement (I1 to I9 of the national interface), asserted on every row of the kernel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefits.bills import whole
from yibao.engine.money import IntArray

Mask = npt.NDArray[np.bool_]

#: What each identity says, in Chinese and English. I7 and I8 compare with the payments by fund and with the lines.
IDENTITIES: Mapping[str, tuple[str, str]] = {
    "I1": (
        "总额 = 全自费 + 超限价 + 先行自付 + 符合范围",
        "total = not covered + above ceilings + first share + eligible",
    ),
    "I2": ("基金支付总额 = 各项基金之和", "paid by funds = the sum of the funds"),
    "I3": ("个人负担 = 总额 − 基金支付 − 医院负担", "person = total − funds − hospital"),
    "I4": ("个人负担 = 账户 + 现金", "person = account + cash"),
    "I5": ("0 ≤ 起付线 ≤ 符合范围", "0 ≤ deductible ≤ eligible"),
    "I6": ("统筹支付 ≤ 符合范围 − 起付线", "basic ≤ eligible − deductible"),
    "I7": ("各基金明细之和 = 基金支付总额", "payments by fund add up to paid by funds"),
    "I8": ("总额 = 明细之和（每条误差不超过 0.01）", "total = the sum of the lines, within 0.01 for each"),
    "I9": ("除冲正外各项均不为负", "nothing is negative but in a reversal"),
}
_FUNDS = (
    "basic_fund_amount", "civil_servant_amount", "enterprise_amount", "critical_illness_amount",
    "large_amount_amount", "assistance_amount", "other_fund_amount",
)  # fmt: skip
_SPLIT = ("not_covered_amount", "over_limit_amount", "first_share_amount", "eligible_amount")
_PERSON = ("hospital_amount", "person_amount", "account_amount", "family_account_amount", "cash_amount")


class IdentityError(AssertionError):
    """The kernel gave a row that breaks an identity: a defect of ours, never a mistake of the user's."""


def broken(results: pa.Table) -> dict[str, Mask]:
    """Rows of ``settlement_result`` that break an identity, by identity; a floor payment may suspend I6 on a row."""
    amount = {name: _numbers(results, name) for name in ("total_amount", "deductible_amount", "fund_amount", *_FUNDS)}
    amount |= {name: _numbers(results, name) for name in (*_SPLIT, *_PERSON)}
    sign = np.where(amount["total_amount"] < 0, -1, 1)
    eligible, basic = amount["eligible_amount"] * sign, amount["basic_fund_amount"] * sign
    deductible = amount["deductible_amount"] * sign
    suspended = pc.is_valid(whole(results["suspended"])).to_numpy(zero_copy_only=False)
    below_nought = np.zeros(len(sign), dtype=bool)
    for values in amount.values():
        below_nought |= values * sign < 0
    person = amount["person_amount"]
    return {
        "I1": amount["total_amount"] != _sum(amount, _SPLIT),
        "I2": amount["fund_amount"] != _sum(amount, _FUNDS),
        "I3": person != amount["total_amount"] - amount["fund_amount"] - amount["hospital_amount"],
        "I4": person != amount["account_amount"] + amount["cash_amount"],
        "I5": (deductible < 0) | (deductible > eligible),
        "I6": (basic > eligible - deductible) & ~suspended,
        "I9": below_nought,
    }


def require(results: pa.Table) -> None:
    """Raise :class:`IdentityError` when a row breaks an identity."""
    for code, rows in broken(results).items():
        if rows.any():
            row = results.slice(int(rows.argmax()), 1).to_pylist()[0]
            raise IdentityError(f"{code} ({IDENTITIES[code][1]}) does not hold for {row}")


def _sum(amount: Mapping[str, IntArray], names: tuple[str, ...]) -> IntArray:
    first, *rest = names
    total: IntArray = amount[first]
    for name in rest:
        total = total + amount[name]
    return total


def _numbers(table: pa.Table, name: str) -> IntArray:
    found: IntArray = whole(table[name]).to_numpy(zero_copy_only=False)
    return found
