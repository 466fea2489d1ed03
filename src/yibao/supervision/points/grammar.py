"""Compiles the wording of a knowledge point to the parameters that laws read.

What a text says is taken over only when all of it is understood. A text of which a part is left over is a proposal: its
parameters stand beside the wording, with the status ``needs_sign_off``, and no law reads them until somebody signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from yibao.supervision.points.compiled import COMPILED, NEEDS_SIGN_OFF, NOT_COMPILABLE, Compiled
from yibao.supervision.points.indications import indication, second_line
from yibao.supervision.points.numerals import NUMBER, number_of

#: Days from birthday to birthday as the ledger's limits write them: whole years are recognised up to 54.
YEAR = 365
_WOMAN = re.compile(
    r"女|妇|妊娠|流产|月经|经前|经期|痛经|调经|经行|经闭|闭经|带下|白带|阴道|子宫|宫颈|宫腔|胞宫|恶露|产后|产褥|乳汁|通乳|下乳|催乳|卵巢|孕|胎|更年期|绝经|"
    r"输卵管|外阴|盆腔|分娩|引产|生产"
)
_MAN = re.compile(r"男|前列腺|阴茎|睾丸|附睾|精索|精子|精液|射精|勃起|阳痿|早泄|遗精|包皮|阴囊|输精管")


def compile_point(rule_class: str, item: str, text: str) -> Compiled:
    """Compile one point of an official class. A class without a grammar is ``not_compilable``, its text kept.

    >>> compile_point("药品限支付疗程", "某注射液", "支付不超过14天。").params["course_days"]
    14
    """
    rule = _GRAMMARS.get("".join(rule_class.split()))
    plain = _plain(text)
    if rule is None:
        return Compiled("P14", _target(rule_class), NOT_COMPILABLE, left_over=plain)
    return rule(item, plain)


def _plain(text: str) -> str:
    return "".join(text.split()).replace("(", "（").replace(")", "）").replace(":", "：").replace(",", "，")


def _target(rule_class: str) -> str:
    return (
        "drug" if "药品" in rule_class or "饮片" in rule_class else "consumable" if "耗材" in rule_class else "service"
    )


def _sex(target: str) -> Callable[[str, str], Compiled]:
    def rule(item: str, text: str) -> Compiled:
        # The limit may stand in the wording or only in the name; when both sexes are named somebody must look.
        found = {sex for sex, words in (("1", _MAN), ("2", _WOMAN)) if words.search(text)}
        found = found or {sex for sex, words in (("1", _MAN), ("2", _WOMAN)) if words.search(item)}
        if not found:
            return Compiled("P1", target, NOT_COMPILABLE, left_over=text)
        (sex,) = found if len(found) == 1 else (None,)
        return Compiled("P1", target, COMPILED if sex else NEEDS_SIGN_OFF, {"sex": sex}, left_over="" if sex else text)

    return rule


#: Words of an age group and its limits in days (half-open), tried from the narrowest on.
_AGES = [("新生儿", 0, 29), ("婴幼儿", 0, 3 * YEAR), ("婴儿", 0, YEAR), ("小儿|儿童|儿科|幼儿", 0, 18 * YEAR)]
_SPAN = re.compile(r"([0-9]+)岁?(?:至|到|-|—|～|~)([0-9]+)(?:岁以下|岁|周岁)")
_FROM = re.compile(r"(?:≥|大于等于)?([0-9]+)岁(?:及|或)?(?:[0-9]+岁)?(?:以上)|≥([0-9]+)岁")
_UNTIL = re.compile(r"([0-9]+)岁(?:及|或)?以下|<([0-9]+)岁")


def _age_of(text: str, item: str) -> dict[str, int]:
    spans = [(int(low), int(high), match) for match in _SPAN.finditer(text) for low, high in [match.groups()]]
    if spans:
        # Several indications, several ages: between the youngest and the oldest somebody is allowed.
        last = max(high + (0 if "以下" in match.group() else 1) for _, high, match in spans)
        return {"age_from_days": min(low for low, _, _ in spans) * YEAR, "age_to_days": last * YEAR}
    old, young = _FROM.search(text), _UNTIL.search(text)
    limits: dict[str, int] = {}
    if old:
        limits["age_from_days"] = int(old.group(1) or old.group(2)) * YEAR
    if young:
        limits["age_to_days"] = int(young.group(1) or young.group(2)) * YEAR
    for words, low, high in _AGES:
        if "age_to_days" not in limits and re.search(words, text + item):
            limits = {"age_from_days": low, "age_to_days": high} | limits
    return limits


def _age(target: str) -> Callable[[str, str], Compiled]:
    def rule(item: str, text: str) -> Compiled:
        limits = _age_of(text, item)
        if not limits and "法定就业年龄" in text:
            # Sixteen to sixty-five is the widest reading; the local one may be narrower.
            return Compiled("P2", target, COMPILED, {"age_from_days": 16 * YEAR, "age_to_days": 66 * YEAR})
        return Compiled("P2", target, COMPILED if limits else NOT_COMPILABLE, limits, left_over="" if limits else text)

    return rule


def _insurance(scheme: str, kinds: str | None, target: str) -> Callable[[str, str], Compiled]:
    return lambda _item, _text: Compiled("P6", target, COMPILED, {"schemes": scheme, "care_kinds": kinds})


#: Care modes in words and the kinds of encounter that they mean.
_CARE = [("急诊", "13|24"), ("住院", "21|22|23|24|52"), ("门诊", "11|12|14")]


def _care(target: str) -> Callable[[str, str], Compiled]:
    def rule(_item: str, text: str) -> Compiled:
        kinds = sorted({kind for word, codes in _CARE if word in text for kind in codes.split("|")})
        # The mode of care is one condition of several; what else the text asks is another class's point.
        return Compiled("P7", target, COMPILED if kinds else NOT_COMPILABLE, {"care_kinds": "|".join(kinds) or None},
                        left_over="" if kinds else text)  # fmt: skip

    return rule


_LEVEL = re.compile(r"(三|二|一)级(?:及|或)?以上")


def _level(target: str) -> Callable[[str, str], Compiled]:
    def rule(_item: str, text: str) -> Compiled:
        found = _LEVEL.findall(text)
        if not found:
            return Compiled("P7", target, NOT_COMPILABLE, left_over=text)
        params: dict[str, Any] = {"level_from": str(min(number_of(level) for level in found))}
        if "首次处方" in text:
            params["first_fill_only"] = True
        # A level that depends on the kind of institution (三级综合或二级专科) is two limits: somebody must look.
        mixed = "三级" in text and "二级" in text
        return Compiled("P7", target, NEEDS_SIGN_OFF if mixed else COMPILED, params, left_over=text if mixed else "")

    return rule


_DURATION = re.compile(rf"(?:不超过|最多支付|最多)({NUMBER})(天|日|周|个月|月|年)")
#: A month is the twelfth part of a year, so that twelve of them are one.
_DAYS = {"天": 1, "日": 1, "周": 7, "年": 365}


def _days(number: str, unit: str) -> int:
    return number_of(number) * _DAYS[unit] if unit in _DAYS else number_of(number) * 365 // 12


def _course(target: str) -> Callable[[str, str], Compiled]:
    def rule(_item: str, text: str) -> Compiled:
        found = _DURATION.search(text)
        if not found:
            return Compiled("P5", target, NOT_COMPILABLE, left_over=text)
        days = _days(found[1], found[2])
        params = {
            "course_days": days,
            # Months, years and a total time run from the first use; days are days of use.
            "course_mode": "span_from_first"
            if found[2] in ("个月", "月", "年") or "总时间" in text
            else "distinct_days",
            "time_window": "stay" if "单次住院" in text else "course",
        }
        return Compiled("P5", target, COMPILED, params)

    return rule


_UNIT = {"日": "day", "天": "day", "小时": "hour", "次住院": "stay", "次手术": "procedure"}


def _per_unit(_item: str, text: str) -> Compiled:
    unit = next((code for word, code in _UNIT.items() if word in text), None)
    if unit is None:
        return Compiled("P4", "service", NOT_COMPILABLE, left_over=text)
    limit = 24_000 if unit == "hour" else 1_000
    stated = re.search(rf"(?:不超过|限|最多)({NUMBER})(?:次|小时|日)", text)
    if stated:
        limit = number_of(stated[1]) * 1_000
    window = "stay" if unit == "stay" else "day"
    return Compiled("P4", "service", COMPILED, {"quantity_limit": limit, "limit_unit": unit, "time_window": window})


def _cycle(_item: str, text: str) -> Compiled:
    interval = re.search(rf"(?:间隔)(?:时间)?(?:不短于|不少于|至少)({NUMBER})(天|日|周|个月|月)", text)
    if interval:
        return Compiled("P4b", "service", COMPILED, {"interval_days": _days(interval[1], interval[2])})
    weekly = re.search(rf"每(周|月|年)最多(?:支付)?({NUMBER})次", text)
    if weekly:
        most = number_of(weekly[2]) * 1_000
        params = {"cycle_days": _days("1", weekly[1]), "quantity_limit": most, "limit_unit": "cycle"}
        return Compiled("P4b", "service", COMPILED, params)
    # A guideline says over how long a value speaks: the shorter end is the shortest sensible distance.
    reflects = re.search(r"近([0-9]+)-([0-9]+)(个月|周)", text)
    if reflects:
        days = _days(reflects[1], reflects[3])
        return Compiled("P4b", "service", COMPILED, {"interval_days": days})
    return Compiled("P4b", "service", NOT_COMPILABLE, left_over=text)


def _pair(relation: str, primitive: str, target: str) -> Callable[[str, str], Compiled]:
    def rule(item: str, text: str) -> Compiled:
        # Content of an operation or a birth is charged within the stay, of an examination within the day.
        stay = re.search(r"术|接生|剖宫|麻醉|移植|成形", item.split("×")[0])
        params = {"time_window": "stay" if stay else "day", "relation": relation}
        # What a second clause excepts ("不含") may be the very item: somebody must look.
        named = item.split("×")[-1].split("（")[0].split("(")[0]
        excepted = bool(re.search(r"不含[^；。]*" + re.escape(named), text)) if named else False
        return Compiled(primitive, target, NEEDS_SIGN_OFF if excepted else COMPILED, params,
                        left_over=text if excepted else "")  # fmt: skip

    return rule


def _surgery(_item: str, text: str) -> Compiled:
    group = re.search(r"(\S{2,12}?手术组)", text)
    if not group:
        return Compiled("P13", "service", NOT_COMPILABLE, left_over=text)
    return Compiled("P13", "service", COMPILED, {"surgery_group": group[1]})


def _decoction(combination: str) -> Callable[[str, str], Compiled]:
    return lambda _item, _text: Compiled("P12", "drug", COMPILED, {"combination": combination})


def _online(_item: str, _text: str) -> Compiled:
    return Compiled("P7", "drug", COMPILED, {"online_allowed": False})


_GRAMMARS: dict[str, Callable[[str, str], Compiled]] = {
    "药品区分性别使用": _sex("drug"),
    "医疗服务项目区分性别使用": _sex("service"),
    "医用耗材与性别不符": _sex("consumable"),
    "手术操作编码与性别不符": _sex("procedure"),
    "诊断与患者性别不符": _sex("diagnosis"),
    "药品儿童专用": _age("drug"),
    "药品儿童禁用": lambda item, text: replace(_age("drug")(item, text), status=NEEDS_SIGN_OFF, left_over=text),
    "药品限儿童使用": _age("drug"),
    "药品限新生儿使用": _age("drug"),
    "医疗服务项目儿童专用": _age("service"),
    "医疗服务项目限儿童使用": _age("service"),
    "医疗服务项目限新生儿使用": _age("service"),
    "医疗服务项目限年龄": _age("service"),
    "耗材限新生儿使用": _age("consumable"),
    "耗材限儿童使用": _age("consumable"),
    "药品限工伤保险": _insurance("410", None, "drug"),
    "医疗服务项目限工伤保险": _insurance("410", None, "service"),
    "药品限生育保险": _insurance("510", "51|52|53", "drug"),
    "医疗服务项目限生育保险": _insurance("510", "51|52|53", "service"),
    "药品限就医方式": _care("drug"),
    "医疗服务项目限就医方式": _care("service"),
    "药品限医疗机构级别": _level("drug"),
    "医疗服务项目限医疗机构级别": _level("service"),
    "药品限支付疗程": _course("drug"),
    "医疗服务项目限支付疗程": _course("service"),
    "医疗服务项目限定频次": _per_unit,
    "医疗服务项目周期超频次": _cycle,
    "医疗服务项目重复收费": _pair("contains", "P3", "service"),
    "医疗服务项目与医用耗材重复收费": _pair("contains", "P3", "service"),
    "药品相互作用": _pair("interacts", "P3", "drug"),
    "中药饮片配伍禁忌（18反19畏）": _pair("interacts", "P3", "drug"),
    "中药饮片配伍禁忌": _pair("interacts", "P3", "drug"),
    "手术项目未按规定折价收费": _surgery,
    "超互联网医院药品支付范围": _online,
    "中药饮片单方使用不予支付": _decoction("single"),
    "中药饮片单复方均不予支付": _decoction("any"),
    "药品限适应症": indication("drug"),
    "超说明书适应症用药": indication("drug"),
    "医疗服务项目限适应症": indication("service"),
    "医疗服务项目超适应症使用": indication("service"),
    "医用耗材限疾病使用": indication("consumable"),
    "药品超限定病种目录范围使用": indication("drug"),
    "药品限二线使用": second_line,
}
