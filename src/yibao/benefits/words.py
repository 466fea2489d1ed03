"""Keys and conditions of a policy in Chinese and English words, for what people read about policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from yibao.benefits.conditions import When
from yibao.benefits.quantities import Amount

Pair = tuple[str, str]

#: Keys of a policy: Chinese, English.
KEYS: Mapping[str, Pair] = {
    "id": ("编号", "id"), "version": ("版本", "version"), "title": ("名称", "title"), "about": ("说明", "about"),
    "zh": ("中文", "Chinese"), "en": ("英文", "English"), "region": ("统筹地区", "pooling region"),
    "extent": ("完整程度", "extent"), "pooling": ("统筹层次", "level of pooling"), "scheme": ("险种", "scheme"),
    "effective": ("施行", "in force"), "start": ("自", "from"), "end": ("至（不含）", "until (exclusive)"),
    "sources": ("来源", "sources"), "grade": ("可信度", "trust grade"), "supports": ("支持的内容", "supports"),
    "year": ("待遇年度", "insurance year"), "begins": ("起始月日", "begins on"), "by": ("排序依据", "order of bills"),
    "rounding": ("取整", "rounding"), "scope": ("范围", "scope"), "mode": ("方式", "mode"),
    "reference": ("参照数", "reference figures"), "statuses": ("身份优先次序", "order of hardship statuses"),
    "lines": ("明细规则", "rules of lines"), "items": ("项目", "items"), "list_type": ("目录类别", "list"),
    "payment_class": ("甲乙丙类", "payment class"), "first_share": ("先行自付比例", "first share"),
    "ceiling": ("限价", "ceiling price"), "pay_as": ("按此类支付", "paid as class"),
    "benefits": ("待遇", "benefits"), "kinds": ("医疗类别", "kinds of care"), "pot": ("累计归属", "counts with"),
    "when": ("适用条件", "applies when"), "deductible": ("起付线", "deductible"), "per": ("计算周期", "per"),
    "amount": ("数额", "amount"), "nth": ("逐次比例", "share for the 1st, 2nd, … time"),
    "nth_amounts": ("逐次数额", "amount for the 1st, 2nd, … time"), "step_down": ("逐次递减", "lower each time"),
    "floor": ("最低", "floor"), "yearly_total": ("全年累计上限", "most in a year"), "waived": ("免除", "waived for"),
    "percent_of_bill": ("按账单比例", "share of the bill"), "of": ("基数", "of"), "min": ("最低", "least"),
    "max": ("最高", "most"), "rate": ("支付比例", "rate"), "by_disease": ("分病种累计", "for each disease"),
    "axis": ("分段轴", "axis of the bands"), "includes_deductible": ("含起付线", "includes the deductible"),
    "bands": ("分段", "bands"), "upto": ("上限", "up to"), "retiree": ("退休人员", "retired persons"),
    "points": ("加百分点", "points more"), "share_times": ("个人负担的倍数", "personal share times"),
    "out_of_region": ("异地就医降低", "lower outside the region"), "long_term": ("长期居住", "long-term resident"),
    "referral": ("转诊", "referral"), "emergency": ("急诊", "emergency"), "unfiled": ("未备案", "not filed"),
    "cap": ("最高支付限额", "limit"), "basis": ("限额口径", "basis"), "cap_per_bill": ("每次限额", "limit per bill"),
    "within_cap": ("受限额约束", "within the limit"), "annual_cap": ("全年总限额", "limit over all benefits"),
    "layers": ("保障层次", "layers"), "base": ("计入的费用", "what it looks at"), "less": ("扣除", "less"),
    "who": ("对象", "whom it covers"), "threshold": ("起付标准", "threshold"),
    "origin": ("分段起点", "origin of the bands"),
    "favour": ("倾斜", "better terms"), "threshold_times": ("起付标准的倍数", "threshold times"),
    "no_cap": ("不封顶", "no limit"), "outpatient_cap": ("门诊限额", "limit for outpatients"),
    "account": ("个人账户", "personal account"), "pays": ("可支付", "may pay"),
    "family": ("家庭共济", "family sharing"),
    "continuity": ("转移接续", "continuity"), "scheme_change": ("换险种时延续", "go on after a change of scheme"),
    "region_change": ("换地区时延续", "go on after a change of region"), "value": ("值", "value"),
    "civil_servant": ("公务员补助", "civil-servant supplement"), "enterprise": ("企业补充", "enterprise supplement"),
    "large_amount": ("大额补助", "large-amount supplement"), "critical_illness": ("大病保险", "critical illness"),
    "assistance": ("医疗救助", "medical assistance"), "tilt": ("倾斜救助", "tilt of assistance"),
    "commercial_in_range": ("惠民保（范围内）", "city supplementary insurance, in range"),
    "commercial_out_of_range": ("惠民保（范围外）", "city supplementary insurance, out of range"),
    "commercial_drugs": ("惠民保（特药）", "city supplementary insurance, special drugs"),
    "charity": ("慈善", "charity"),
    "person_class": ("人员类别", "class of person"), "level": ("机构级别", "level of the institution"),
    "status": ("困难身份", "hardship status"), "place": ("就医备案", "where care was, by filing"),
    "area": ("就医地", "where care was, by distance"), "age_from": ("年满", "from this age"),
    "age_below": ("未满", "below this age"), "disease": ("门诊慢特病病种", "chronic or special disease"),
    "cover": ("其他保障", "other cover"), "policy": ("政策", "policy, by id or id@version"),
    "insured_region": ("参保地区划", "insured region"), "person": ("参保人", "insured person"),
    "bill": ("账单", "the bill"), "earlier": ("本年度此前的账单", "the person's earlier bills of the year"),
    "accumulators": ("此前的累计", "figures of an earlier settlement, instead of its bills"),
    "status_from": ("身份开始日期", "first day of the status"), "age": ("年龄", "age in years"),
    "covers": ("其他保障", "other covers that the person has"),
    "account_balance": ("账户余额", "balance of the account"),
    "family_balance": ("家庭共济可用额", "what a relative's account may pay"),
    "kind": ("医疗类别", "kind of care (med_type)"), "settled_at": ("结算日期", "day of settlement"),
    "care_ended": ("就医结束日期", "last day of care"),
    "care_region": ("就医地区划", "region of the place of care, whose catalogue holds"),
    "total": ("医疗费总额", "total cost"),
    "not_covered": ("全自费", "not covered"), "over_limit": ("超限价", "above ceiling prices"),
    "eligible": ("符合政策范围", "eligible"), "special_drug": ("特药费用", "special drugs"),
    "hospital": ("医院负担", "borne by the hospital"),
    "account_credit": ("账户划入", "come into the account since the bill before"),
    "family_credit": ("共济增加", "come into the relative's part since the bill before"),
    "account_only": ("仅用个人账户", "paid from the account and in cash alone: no benefit is asked for"),
    "reverses": ("所冲的结算", "id of the settlement that it reverses"), "item": ("项目编码", "item code"),
    "name": ("名称", "name"), "quantity": ("数量", "quantity"), "price": ("单价", "unit price"),
    "restriction_met": ("符合限定支付范围", "condition of use met"),
}  # fmt: skip
#: Values of conditions: Chinese, English.
VALUES: Mapping[str, Pair] = {
    "in_service": ("在职", "in service"), "retired": ("退休", "retired"), "retired_cadre": ("离休", "retired cadre"),
    "minor": ("未成年", "minor"), "adult": ("成年居民", "adult"), "elderly": ("老年居民", "elderly"),
    "destitute": ("特困", "destitute"), "low_income": ("低保", "minimum income"), "none": ("无困难身份", "no hardship"),
    "returned_to_poverty": ("返贫致贫", "returned to poverty"), "low_income_edge": ("低保边缘", "near minimum income"),
    "monitored": ("监测对象", "monitored"), "orphan": ("孤儿", "orphan"), "disabled": ("重残", "severely disabled"),
    "illness_poverty": ("因病致贫", "impoverished by illness"), "local": ("本地", "local"),
    "long_term": ("长期居住", "long-term elsewhere"), "referral": ("转诊", "on referral"),
    "emergency": ("急诊", "emergency elsewhere"), "unfiled": ("未备案", "not filed"),
    "in_province": ("省内异地", "in the province"), "out_of_province": ("省外", "outside the province"),
    "civil_servant": ("公务员", "civil servant"), "enterprise": ("企业补充参保", "enterprise cover"),
    "per_admission": ("按次", "each admission"), "annual_cumulative": ("全年累计", "the year's running sum"),
    "fund_payment": ("基金支付额", "paid by the fund"), "eligible": ("政策范围内费用", "eligible expense"),
    "absolute": ("绝对值", "absolute"), "above_threshold": ("起付标准以上", "above the threshold"),
    "subtract_points": ("减百分点", "points off"), "multiply": ("按比例降低", "a share off"),
    "bill": ("每次", "each bill"), "year": ("全年", "the year"), "total": ("医疗费总额", "the whole bill"),
    "settled": ("结算时间", "time of settlement"), "discharged": ("就医结束时间", "end of care"),
    "half_up": ("四舍五入", "half up"), "down": ("舍去", "down"), "up": ("进位", "up"),
    "whole": ("完整", "whole"), "partial": ("部分", "partial"), "city": ("市级", "city"),
    "province": ("省级", "province"),
    "burden": ("政策范围内负担", "in-range burden"), "above_cap": ("限额以上费用", "expense above the limit"),
    "first_share": ("先行自付", "first share"), "over_limit": ("超限价", "above ceiling prices"),
    "not_covered": ("全自费", "not covered"), "special_drug": ("特药", "special drugs"),
    "deductible": ("起付线", "deductible"), "in_range": ("政策范围内", "in range"),
    "commercial": ("惠民保参保", "city supplementary cover"), "pre_existing": ("既往症", "pre-existing disease"),
}  # fmt: skip
_FACTS = {
    "level": ("级别 ", "level "), "age_from": ("年满 ", "age from "), "age_below": ("未满 ", "age below "),
    "disease": ("病种 ", "disease "),
}  # fmt: skip


def condition(when: When) -> Pair:
    """A condition in words; nothing for one that always holds."""
    zh: list[str] = []
    en: list[str] = []
    for name, value in _facts(when):
        listed = value if isinstance(value, list) else [value]
        lead = _FACTS.get(name, ("", ""))
        zh.append(lead[0] + "、".join(VALUES.get(str(v), (str(v), ""))[0] for v in listed))
        en.append(lead[1] + " or ".join(VALUES.get(str(v), ("", str(v)))[1] for v in listed))
    return "，".join(zh), ", ".join(en)


def _facts(when: When) -> Iterator[tuple[str, Any]]:
    for name in When.model_fields:
        value = getattr(when, name)
        if value is not None:
            yield name, value


def value_words(value: Any) -> Pair:
    """A value of a policy in words."""
    if isinstance(value, Amount):
        return (f"{value}" if value.of else f"{value} 元", str(value) if value.of else f"{value} yuan")
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    return VALUES.get(str(value), (str(value), str(value)))
