"""Why a candidate is suggested, in words of both languages: what its score is made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yibao.ledger.codes.scoring import Compared

#: What is said of a part or a contradiction; a contradiction stands with a mark.
_WORDS = {
    "same_code": ("编码相同", "same code"),
    "same_subcategory": ("同一亚目", "same subcategory"),
    "same_category": ("同一类目", "same category"),
    "other_category": ("类目不同", "another category"),
    "same_measure": ("规格一致", "same strength"),
    "no_measure": ("本地名称无规格", "the local name gives no strength"),
    "other_pack": ("包装数量不同", "another pack"),
    "other_numbers": ("数字不同", "other numbers"),
    "other_charge_type": ("收费类别不同", "another charge category"),
    "other_unit": ("单位不同", "another unit"),
    "price_far": ("价格相差大", "the price is far off"),
    "same_price": ("价格相同", "same price"),
    "measure": ("规格冲突", "another strength"),
    "form": ("剂型冲突", "another dosage form"),
    "opposed": ("词义相反", "an opposed word"),
    "number": ("型、级、次数冲突", "another number"),
    "list_type": ("目录类别冲突", "another list"),
    "sex": ("与使用者性别冲突", "used for the other sex"),
    "age": ("与使用者年龄冲突", "used at other ages"),
    "price": ("价格悬殊", "a price of another order"),
    "code_with_other_name": (
        "编码相同而名称不同，疑为另一版本",
        "the same code has another name: perhaps another edition",
    ),
}


def why(found: Compared, at: int) -> tuple[str, str]:
    """The reasons of one pair (Chinese, English), what speaks against it last."""
    if found.text[at] == 1:
        zh, en = ["名称相同"], ["same name"]
    elif found.equal[at]:
        zh, en = ["名称写法不同、词相同"], ["same words in another spelling"]
    else:
        share, distance = math.floor(100 * found.text[at]), int(found.distance[at])
        zh = [f"名称相似 {share}%（差 {distance} 字）"]
        en = [f"names {share}% alike ({distance} letter{'s' if distance > 1 else ''} apart)"]
    if found.by_alias[at]:
        zh[0], en[0] = f"按商品名或英文名：{zh[0]}", f"by brand or English name: {en[0]}"
    for name, flags in found.parts.items():
        if flags[at]:
            zh.append(_WORDS[name][0])
            en.append(_WORDS[name][1])
    ratio = found.price_ratio[at]
    if not math.isnan(ratio) and (found.parts["price_far"][at] or found.conflicts["price"][at]):
        zh[-1] += f"（{ratio:.2g} 倍）"
        en[-1] += f" ({ratio:.2g} times)"
    for name, flags in found.conflicts.items():
        if flags[at]:
            zh.append("✗ " + _WORDS[name][0])
            en.append("✗ " + _WORDS[name][1])
    return "；".join(zh), "; ".join(en)
