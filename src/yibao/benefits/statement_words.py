"""The words of a statement, Chinese and English."""

from __future__ import annotations

#: Kinds of care.
KINDS = {
    "11": ("普通门诊", "outpatient visit"), "12": ("门诊挂号", "registration"), "13": ("急诊", "emergency"),
    "14": ("门诊慢特病", "chronic or special outpatient care"), "21": ("普通住院", "hospital stay"),
    "22": ("外伤住院", "hospital stay after injury"), "23": ("转外诊治住院", "hospital stay on referral elsewhere"),
    "24": ("急诊转住院", "hospital stay from emergency"), "41": ("定点药店购药", "pharmacy purchase"),
    "51": ("生育门诊", "maternity outpatient visit"), "52": ("生育住院", "maternity stay"),
    "53": ("计划生育手术", "family-planning surgery"), "99": ("其他", "other"),
}  # fmt: skip
#: Places of care.
PLACES = {
    "local": ("参保地", "insured place"), "long_term": ("异地长期居住备案", "elsewhere, filed as long-term resident"),
    "referral": ("异地转诊备案", "elsewhere, on referral"), "emergency": ("异地急诊", "elsewhere, emergency"),
    "unfiled": ("临时外出，未备案", "elsewhere, not filed"),
}  # fmt: skip
#: Levels of institutions, and their subclasses.
LEVELS = {
    "3": ("三级", "level 3"), "2": ("二级", "level 2"), "1": ("一级", "level 1"), "0": ("未定级", "without level"),
    "province": ("省属", "provincial"), "city": ("市属", "city"), "county": ("县级", "county"),
    "community": ("社区", "community"),
}  # fmt: skip
#: Trust grades of a policy.
GRADES = {
    "A": ("官方文件", "official text"), "A-": ("官方文件的转载", "faithful copy of an official text"),
    "B": ("新闻报道", "press"), "C": ("第三方网页，未核实", "third-party page, unverified"),
    "D": ("公开代码，未核实", "public code, unverified"),
    "own": ("本项目示例，不是任何地区的政策", "example of this project, no region's policy"),
}  # fmt: skip
#: How a step is said: Chinese and English; figures are filled in.
STEPS = {
    "deductible": ("减去起付线（本年第 {times} 次）", "less the deductible (time {times} this year)"),
    "above_limit": ("超过最高支付限额的费用，不在本层计算", "expense above the limit: not reckoned in this layer"),
    "band": ("{base} × {rate}", "{base} × {rate}"),
    "own_rate": ("{base} 为单独比例的项目", "{base} of items with a rate of their own"),
    "rounding": ("全年合并取整的差额", "rounding of the year's running sum"),
    "seen": ("本年此前已计入（仅供累计）", "counted earlier this year (for the running sum)"),
    "looked_at": ("本次计入本层的费用", "counted in this layer on this bill"),
    "below_threshold": ("其中在起付标准 {base} 以内", "of which below the threshold of {base}"),
    "cut": ("超过限额，扣减", "less what exceeds the limit"),
    "floor": ("按保底比例补足", "raised to the floor payment"),
    "paid": ("本层支付", "this layer pays"),
}
