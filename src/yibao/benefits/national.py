"""A settlement in the fields of the national interface: ``setlinfo`` and ``setldetail``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.benefits.quantities import UNLIMITED
from yibao.benefits.resolve import Profile
from yibao.engine.money import ONE, round_half_up
from yibao.ledger.contracts import load_contracts

#: The fund of each payment by scheme ("" any): code and name of fund_pay_type.
FUNDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "basic_fund_amount": {
        "390": ("390100", "城乡居民基本医疗保险基金"),
        "": ("310100", "职工基本医疗保险统筹基金"),
    },
    "civil_servant_amount": {"": ("320100", "公务员医疗补助基金")},
    "enterprise_amount": {"": ("370100", "企业补充医疗保险基金")},
    "large_amount_amount": {"": ("330100", "大额医疗费用补助基金")},
    "critical_illness_amount": {"390": ("390200", "城乡居民大病医疗保险基金"), "": ("999997", "职工大病保险")},
    "assistance_amount": {"": ("610100", "医疗救助基金")},
    "other_fund_amount": {"": ("999997", "其他基金")},
}


def setlinfo(result: Mapping[str, Any]) -> dict[str, Any]:
    """The national fields of a row of ``settlement_result``; amounts in yuan with two decimals, as texts."""
    out: dict[str, Any] = {}
    for column in load_contracts()["settlement_result"].columns:
        if column.national:
            value = result[column.name]
            out[column.national] = yuan(value) if column.type == "money" else value
    base = result["eligible_amount"] - result["deductible_amount"]
    share = round_half_up(result["basic_fund_amount"] * ONE, base) if base > 0 else 0
    out["pool_prop_selfpay"] = f"{share / ONE:.4f}"
    return out


def setldetail(
    result: Mapping[str, Any], scheme: str, steps: Sequence[Mapping[str, Any]] = (), profile: Profile | None = None
) -> list[dict[str, Any]]:
    """One row for each fund that paid; ``setl_proc_info`` says how, from the steps.

    ``crt_payb_lmt_amt`` is the limit of the year on what that fund pays, None where the policy has none.
    """
    out = []
    for column, by_scheme in FUNDS.items():
        if result[column]:
            code, name = by_scheme.get(scheme, by_scheme[""])
            out.append(
                {
                    "fund_pay_type": code,
                    "fund_pay_type_name": name,
                    "inscp_scp_amt": yuan(result["eligible_amount"]),
                    "crt_payb_lmt_amt": yuan(_limit(column, profile)),
                    "fund_payamt": yuan(result[column]),
                    "setl_proc_info": _said(column, steps),
                }
            )
    return out


_LAYERS = {
    "basic_fund_amount": ("basic",), "civil_servant_amount": ("civil_servant",), "enterprise_amount": ("enterprise",),
    "large_amount_amount": ("large_amount",), "critical_illness_amount": ("critical_illness",),
    "assistance_amount": ("assistance", "tilt"),
    "other_fund_amount": ("commercial_in_range", "commercial_out_of_range", "commercial_drugs", "charity"),
}  # fmt: skip


def _limit(column: str, profile: Profile | None) -> int | None:
    if profile is None:
        return None
    if column == "basic_fund_amount":
        limit = min(profile.basic[name] for name in ("cap_fund", "annual_fund"))
    else:
        limit = sum(profile.layers[name][0]["cap"] for name in _LAYERS[column] if name in profile.layers)
    return limit if limit < UNLIMITED else None


def _said(column: str, steps: Sequence[Mapping[str, Any]]) -> str:
    bands = [s for s in steps if s["layer"] in _LAYERS[column] and s["step"] == "band"]
    return " + ".join(f"{yuan(s['base_amount'])}×{s['rate_ppm'] / 10_000:g}%" for s in bands)


def yuan(fen: int | None) -> str | None:
    """Fen as yuan with two decimals, as the interface writes them."""
    if fen is None:
        return None
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"
