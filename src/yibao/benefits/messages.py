"""What is wrong with a policy, said for a clerk: the messages of the schema in words of the trade, zh and en."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from yibao.benefits import vocabulary, vocabulary_basic
from yibao.benefits.conditions import TAGS, Strict
from yibao.engine.yaml import line_of


@dataclass(frozen=True)
class Message:
    """The same words in English and Chinese."""

    en: str
    zh: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


def messages(doc: Any, error: ValidationError) -> Iterator[tuple[int, Message]]:
    """Line and message of each thing that the schema has against a document."""
    for item in error.errors():
        keys = [part for part in item["loc"] if part not in TAGS]
        place = ".".join(str(part) if isinstance(part, str) else f"[{part + 1}]" for part in keys).replace(".[", "[")
        yield line_of(doc, keys), _worded(item, place, str(keys[-1]) if keys else "")


def _worded(item: Any, place: str, key: str) -> Message:
    given = repr(item.get("input"))[:60]
    match item["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(key, _KEYS, 1)
            return Message(
                f"{place}: there is no key {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                f"{place}：没有 {key!r} 这个键" + (f"，是否应为 {near[0]!r}？" if near else ""),
            )
        case "missing":
            return Message(f"{place}: is missing", f"{place}：缺少此项")
        case "literal_error":
            allowed = item["ctx"]["expected"].replace(" or ", ", ")
            return Message(f"{place}: {given} is none of {allowed}", f"{place}：{given} 不在可选值之内：{allowed}")
        case "value_error":
            said = str(item["ctx"]["error"])
            return Message(f"{place}: {said}", f"{place}：{_zh(said)}")
        case "string_pattern_mismatch":
            return Message(
                f"{place}: {given} does not have the form {item['ctx']['pattern']}",
                f"{place}：{given} 的形式应为 {item['ctx']['pattern']}",
            )
        case "too_short":
            return Message(f"{place}: give at least one", f"{place}：至少写一项")
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return Message(
                f"{place}: {given} is no date: write 2024-01-31", f"{place}：{given} 不是日期，请写 2024-01-31"
            )
        case "model_type" | "model_attributes_type" | "dict_type":
            return Message(f"{place}: expected keys below it, got {given}", f"{place}：下面应有若干键，现为 {given}")
        case "list_type":
            return Message(f"{place}: expected a list, got {given}", f"{place}：应为列表，现为 {given}")
    return Message(f"{place}: {item['msg']}", f"{place}：{item['msg']}")


#: Sentences of the vocabulary's own checks that have a Chinese form; figures in them are kept.
_CHINESE = (
    ("is no amount: write yuan such as", "不是金额：请写元，例如"),
    (", or 50% of disposable_income", "，或 50% of disposable_income"),
    ("is no rate: write it with a percent sign, such as 85%", "不是比例：请带百分号，例如 85%"),
    ("a rate above 100%", "比例超过 100%"),
    ("yuan is too large; to set no limit, leave the key out", "元过大；不设限额时请不写此项"),
    ("use one of nth, nth_amounts and step_down, not", "nth、nth_amounts、step_down 只能用一个，现有"),
    ("a yearly deductible is paid once:", "年度起付线只付一次："),
    ("has no meaning with `per: year`", "与 `per: year` 不能同用"),
    ("say `amount`, `nth_amounts` or `percent_of_bill`", "须写 `amount`、`nth_amounts` 或 `percent_of_bill`"),
    ("needs `amount`", "还需要 `amount`"),
    (
        "a limit per bill is one on payment: use `basis: fund_payment`",
        "每次限额是对支付额的限额：请用 `basis: fund_payment`",
    ),
    ("say `points` or `share_times`", "须写 `points` 或 `share_times` 之一"),
    ("only the last band may be without `upto`", "只有最后一段可以不写 `upto`"),
    ("the edges `upto` must rise from band to band", "各段的 `upto` 必须逐段增大"),
    ("what the fund has paid includes no deductible", "以基金支付额为轴时不含起付线"),
    ("`above_cap` is a part of `burden`: name one of them", "`above_cap` 已含在 `burden` 之内：只写一个"),
    ("`special_drug` overlaps the other parts: let it stand alone", "`special_drug` 与其他部分重叠：请单独写"),
    ("`to` must be later than `from`", "`to` 须晚于 `from`"),
)


def _zh(said: str) -> str:
    for english, chinese in _CHINESE:
        said = said.replace(english, chinese)
    return said


def _keys() -> list[str]:
    """Every key that a policy may have."""
    words = [*vars(vocabulary).values(), *vars(vocabulary_basic).values()]
    models = [m for m in words if isinstance(m, type) and issubclass(m, Strict)]
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})


_KEYS = _keys()
