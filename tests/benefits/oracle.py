"""A plain settlement, bill by bill, written from the rules and sharing no code with the project.

It reads a policy as its YAML says it (texts), keeps a dict of running sums, and reckons with exact fractions. It is
slow and simple on purpose: what it says is what the kernel must say.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from fractions import Fraction
from functools import cache

INFINITE = 10**12
LAYERS = [
    "civil_servant", "enterprise", "large_amount", "critical_illness", "assistance", "tilt", "commercial_in_range",
    "commercial_out_of_range", "commercial_drugs", "charity",
]  # fmt: skip
GROUP = {
    "civil_servant": "supplements", "enterprise": "supplements", "large_amount": "large_amount",
    "critical_illness": "critical_illness", "assistance": "assistance", "tilt": "assistance",
    "commercial_in_range": "commercial", "commercial_out_of_range": "commercial", "commercial_drugs": "commercial",
    "charity": "charity",
}  # fmt: skip
ALL = ["basic", "large_amount", "supplements", "critical_illness", "assistance", "commercial", "charity"]


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def rate(text):
    return Fraction(str(text).replace("%", "").strip()) / 100


def money(text, reference):
    text = str(text)
    if " of " in text:
        share, name = text.split(" of ")
        return round_to(rate(share) * money(reference[name], {}), "half_up")
    if " x " in text:
        times, name = text.split(" x ")
        return int(times) * money(reference[name], {})
    return fen(text)


@cache
def fen(text):
    if text.endswith("万"):
        return int(Fraction(text[:-1]) * 1_000_000)
    return int(Fraction(text) * 100)


def listed(value):
    return value if isinstance(value, list) else [value]


def holds(when, bill):
    if "level" in when and not any(
        bill["level"] == w or bill["level"].startswith(w + ".") for w in map(str, listed(when["level"]))
    ):
        return False
    for key in ("class", "status", "place", "area", "disease"):
        if key in when and bill[key] not in [str(v) for v in listed(when[key])]:
            return False
    if "age_from" in when and not bill["age"] >= int(when["age_from"]):
        return False
    if "age_below" in when and not 0 <= bill["age"] < int(when["age_below"]):
        return False
    return "cover" not in when or bool(set(listed(when["cover"])) & set(bill["covers"]))


def choose(given, bill):
    """The value of the first case that holds; None where none does."""
    if isinstance(given, list) and given and isinstance(given[0], dict):
        for case in given:
            if holds(case, bill):
                return case["value"]
        return None
    return given


def round_to(exact, mode):
    if mode == "down":
        return exact.numerator // exact.denominator
    if mode == "up":
        return -((-exact.numerator) // exact.denominator)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


# --- settling --------------------------------------------------------------------------------------------------------


class Person:
    def __init__(self):
        self.sums = defaultdict(Fraction)
        self.year = self.scheme = self.region = None
        self.account = self.family = 0


def settle_person(policies, bills):
    """Settle one person's bills, given in order. A bill is a dict; so is each result."""
    person, results = Person(), {}
    reversed_ids = {b["reverses"] for b in bills if b["reverses"]}
    for bill in bills:
        if bill["reverses"]:
            original = results[bill["reverses"]]
            results[bill["id"]] = {k: v if k == "times" else -v for k, v in original.items()} | {"times": 0}
        elif bill["id"] in reversed_ids:
            # As if it had never been: reckoned on a copy. Money that came in with it stays.
            results[bill["id"]] = settle_one(policies[bill["policy"]], bill, copy.deepcopy(person))
            person.account += bill["account_credit"]
            person.family += bill["family_credit"]
        else:
            results[bill["id"]] = settle_one(policies[bill["policy"]], bill, person)
    return results


def turn(policy, bill, person):
    carried = policy.get("continuity", {})
    if person.year is not None and person.year != bill["year"]:
        person.sums.clear()
    for kind in ("scheme", "region"):
        before = getattr(person, kind)
        if before is not None and before != str(policy[kind]):
            for group in ALL:
                if group not in carried.get(f"{kind}_change", ALL):
                    forget(person, group)
        setattr(person, kind, str(policy[kind]))
    person.year = bill["year"]


def forget(person, group):
    for key in list(person.sums):
        owner = "basic" if key[0] in ("basic", "annual") else GROUP[key[0]]
        if owner == group:
            del person.sums[key]


def settle_one(policy, bill, person):
    turn(policy, bill, person)
    person.account += bill["account_credit"]
    person.family += bill["family_credit"]
    reference, mode = policy.get("reference", {}), policy.get("rounding", {}).get("mode", "half_up")
    running = policy.get("rounding", {}).get("scope", "bill") == "year"
    benefit = next(
        (
            b
            for b in policy["benefits"]
            if bill["kind"] in [str(k) for k in listed(b["kinds"])] and holds(b.get("when", {}), bill)
        ),
        None,
    )
    out = dict.fromkeys(["basic", *LAYERS, "deductible", "above_cap", "times"], 0)
    left = {k: bill[k] for k in ("first_share", "over_limit", "not_covered")} | {"burden": bill["eligible"]}
    if benefit is not None:
        basic(policy, benefit, bill, person, out, reference, mode, running)
        spend(left, out["basic"], ["burden", "first_share", "over_limit", "not_covered"])
        for name in LAYERS:
            layer = policy.get("layers", {}).get(name)
            if layer is not None and covers(layer, benefit, bill):
                out[name] = pay_layer(name, layer, benefit, bill, person, left, out, reference, mode, running)
    fund = out["basic"] + sum(out[name] for name in LAYERS)
    out["fund"] = fund
    out["hospital"] = min(bill["hospital"], bill["total"] - fund)
    out["person"] = bill["total"] - fund - out["hospital"]
    account(policy, benefit, person, left, out)
    return out


def covers(layer, benefit, bill):
    named = layer.get("benefits")
    if named is not None and benefit["id"] not in listed(named):
        return False
    who = layer.get("who", [])
    return not who or any(holds(when, bill) for when in who)


def deductible(rule, bill, paid, times, reference, mode):
    if rule is None or any(holds(when, bill) for when in rule.get("waived", [])):
        return 0
    floor = money(choose(rule["floor"], bill), reference) if "floor" in rule else 0
    percent = rule.get("percent_of_bill")
    share = rate(choose(percent["rate"], bill) or 0) if percent else 0
    if share:
        amount = round_to(share * bill["total" if percent.get("of", "total") == "total" else "eligible"], mode)
        least = max(floor, money(choose(percent["min"], bill), reference) if "min" in percent else 0)
        most = money(choose(percent["max"], bill), reference) if "max" in percent else INFINITE
        amount = min(max(amount, least), most)
        if rule.get("per") == "year":
            raise AssertionError("the generator does not ask for this")
    else:
        if "nth_amounts" in rule:
            table = [money(a, reference) for a in choose(rule["nth_amounts"], bill)]
            amount = table[min(times, len(table)) - 1]
        else:
            amount = money(choose(rule["amount"], bill), reference) if "amount" in rule else 0
            if "nth" in rule:
                shares = [rate(s) for s in rule["nth"]]
                amount = round_to(amount * shares[min(times, len(shares)) - 1], "half_up")
            if "step_down" in rule:
                by, least = (money(rule["step_down"][k], reference) for k in ("by", "floor"))
                amount = max(amount - by * (times - 1), min(least, amount))
        amount = max(amount, floor)
        if rule.get("per") == "year":
            amount = max(amount - paid, 0)
    if "yearly_total" in rule:
        amount = min(amount, max(money(choose(rule["yearly_total"], bill), reference) - paid, 0))
    return amount


def basic(policy, benefit, bill, person, out, reference, mode, running):
    sums, rule, cap = person.sums, benefit.get("deductible"), benefit.get("cap", {})
    axis, own = benefit.get("axis", {}), benefit["pot"]

    def pot(part):
        if part and str(part.get("by_disease", "false")) == "true":
            return f"chronic:{bill['disease']}"
        return (part or {}).get("pot", own)

    ded, cap_pot, axis_pot = ("basic", pot(rule)), ("basic", pot(cap)), ("basic", axis.get("pot", own))
    times = int(sums[(*ded, "times")]) + 1
    paid_before = sums[(*ded, "deductible")]
    shared = bill["eligible"] - bill["own_rate"]
    d = min(shared, deductible(rule, bill, paid_before, times, reference, mode))
    base = within = shared - d
    annual = policy.get("annual_cap", {})
    for limit, seen in ((cap, (*cap_pot, "cap")), (annual, ("annual", ""))):
        if limit.get("basis") == "eligible":
            amount = choose(limit["amount"], bill)
            if amount is None:
                continue
            amount = money(amount, reference)
            prefix = "cap_" if seen[0] == "basic" else ""
            place = seen[:2] if seen[0] == "basic" else ("annual",)
            if str(limit.get("includes_deductible", "false")) == "true":
                room = max(amount - sums[(*place, f"{prefix}eligible")], 0)
                within = min(within, max(min(shared, room) - d, 0))
            else:
                within = min(within, max(amount - sums[(*place, f"{prefix}base")], 0))
    with_deductible = str(axis.get("includes_deductible", "false")) == "true"
    start = d if with_deductible else 0
    if axis.get("of") == "annual_cumulative":
        start += sums[(*axis_pot, "axis_eligible" if with_deductible else "axis_base")]
    if axis.get("of") == "fund_payment":
        start = sums[(*axis_pot, "axis_paid")]
    bands = [
        (
            money(b["upto"], reference) if "upto" in b else INFINITE,
            adjusted(rate(choose(b["rate"], bill)), benefit, bill),
        )
        for b in benefit["bands"]
    ]
    filled = (
        fill_by_payment(bands, start, within)
        if axis.get("of") == "fund_payment"
        else fill(bands, start, start + within)
    )
    exact = sum((part * r for part, r in filled), Fraction(0))
    before = sums[(*axis_pot, "exact")]
    pay = round_to(before + exact, mode) - round_to(before, mode) if running else round_to(exact, mode)
    pay += bill["own_pay"]
    by_rates, rooms = pay, []
    if "cap_per_bill" in benefit and choose(benefit["cap_per_bill"], bill) is not None:
        rooms.append(money(choose(benefit["cap_per_bill"], bill), reference))
    if cap.get("basis", "fund_payment") == "fund_payment" and cap and choose(cap["amount"], bill) is not None:
        amount = money(choose(cap["amount"], bill), reference)
        rooms.append(amount if cap.get("per") == "bill" else max(amount - sums[(*cap_pot, "cap_paid")], 0))
    if annual and annual.get("basis", "fund_payment") == "fund_payment" and choose(annual["amount"], bill) is not None:
        rooms.append(max(money(choose(annual["amount"], bill), reference) - sums["annual", "paid"], 0))
    room = min(rooms, default=None)
    above = base - within
    if room is not None and room < pay:
        pay = room
        above += within - stands_for(filled, max(pay - bill["own_pay"], 0))
    if "floor" in benefit:
        least = min(round_to(rate(choose(benefit["floor"]["rate"], bill) or 0) * bill["total"], mode), bill["total"])
        if str(benefit["floor"].get("within_cap", "false")) == "true" and room is not None:
            least = min(least, room)
        pay = max(pay, least)
    assert pay <= max(by_rates, bill["total"])
    out.update(basic=int(pay), deductible=int(d), above_cap=int(above), times=times)
    sums[(*ded, "times")] += 1
    sums[(*ded, "deductible")] += d
    for name, amount in (("eligible", shared), ("base", base), ("paid", pay)):
        sums[(*axis_pot, f"axis_{name}")] += amount
        sums[(*cap_pot, f"cap_{name}")] += amount
        sums["annual", name] += amount
    sums[(*axis_pot, "exact")] += exact if running else 0


def adjusted(r, benefit, bill):
    retiree, away = benefit.get("retiree"), benefit.get("out_of_region")
    if retiree and bill["class"] == "retired":
        r = (
            min(Fraction(1), r + rate(retiree["points"]))
            if "points" in retiree
            else 1 - (1 - r) * rate(retiree["share_times"])
        )
    if away and bill["place"] != "local":
        default = {"long_term": "0%", "referral": "10%", "emergency": "10%", "unfiled": "20%"}[bill["place"]]
        off = rate(choose(away.get(bill["place"], default), bill) or 0)
        r = max(Fraction(0), r - off) if away.get("mode", "subtract_points") == "subtract_points" else r * (1 - off)
    return Fraction(round_to(r * 10**6, "half_up"), 10**6)


def fill(bands, low, high):
    """What of (low, high] lies in each band."""
    parts, bottom = [], 0
    for edge, r in bands:
        parts.append((max(0, min(high, edge) - max(low, bottom)), r))
        bottom = max(bottom, edge)
    return parts


def fill_by_payment(bands, paid, amount):
    """Bands on what the fund has paid: each takes whole fen of expense as long as it can still pay for them."""
    parts = []
    for edge, r in bands:
        free = max(edge - paid, 0)
        taken = min(amount, int(free / r)) if r else (amount if free else 0)
        parts.append((taken, r))
        amount, paid = amount - taken, max(paid, edge)
    return parts


def stands_for(filled, pay):
    """How much expense a payment cut by a limit stands for, from the lowest band up."""
    pay, reached = Fraction(pay), 0
    for part, r in filled:
        taken = min(part, int(pay / r)) if r else (part if pay > 0 else 0)
        reached, pay = reached + taken, pay - taken * r
    return reached


def spend(left, amount, parts):
    for part in parts:
        used = min(left[part], amount)
        left[part] -= used
        amount -= used


def pay_layer(name, layer, benefit, bill, person, left, out, reference, mode, running):
    base_rule = layer.get("base", {})
    of, less = listed(base_rule.get("of", ["burden"])), listed(base_rule.get("less", []))
    base = sum(left[part] for part in of if part in left)
    if "special_drug" in of:
        base = min(bill["special_drug"], sum(left.values()))
    if "above_cap" in of:
        base += min(out["above_cap"], left["burden"])
    base -= out["deductible"] if "deductible" in less else 0
    base -= out["above_cap"] if "above_cap" in less else 0
    base = max(base, 0)
    yearly = layer.get("per", "year") == "year"
    seen = person.sums[name, "seen"] if yearly else 0
    favour = next((f for f in layer.get("favour", []) if holds(f, bill)), {})
    threshold = money(choose(layer["threshold"], bill), reference) if "threshold" in layer else 0
    if "threshold_times" in favour:
        threshold = round_to(threshold * rate(favour["threshold_times"]), "half_up")
    bands = [
        (
            money(b["upto"], reference) if "upto" in b else INFINITE,
            min(Fraction(1), rate(choose(b["rate"], bill)) + rate(favour.get("points", "0"))),
        )
        for b in layer["bands"]
    ]
    if layer.get("origin", "above_threshold") == "absolute":
        low, high = max(seen, threshold), max(seen + base, threshold)
    else:
        low, high = max(seen - threshold, 0), max(seen + base - threshold, 0)
    exact = sum((part * r for part, r in fill(bands, low, high)), Fraction(0))
    before = person.sums[name, "exact"]
    pay = round_to(before + exact, mode) - round_to(before, mode) if running else round_to(exact, mode)
    pay = min(pay, base)
    if "cap_per_bill" in layer and choose(layer["cap_per_bill"], bill) is not None:
        pay = min(pay, money(choose(layer["cap_per_bill"], bill), reference))
    apart = "outpatient_cap" in layer and benefit["pot"] in ("outpatient", "emergency", "pharmacy")
    paid = "paid_apart" if apart else "paid"
    limit = layer.get("outpatient_cap" if apart else "cap")
    limit = None if limit is None or str(favour.get("no_cap", "false")) == "true" else choose(limit, bill)
    if limit is not None:
        pay = min(pay, max(money(limit, reference) - person.sums[name, paid], 0))
    pay = int(pay)
    if "special_drug" in of:
        spend(left, pay, ["not_covered", "over_limit", "first_share", "burden"])
    else:
        parts = [
            p
            for p in ("burden", "first_share", "over_limit", "not_covered")
            if p in of or (p == "burden" and "above_cap" in of)
        ]
        spend(left, pay, parts)
    person.sums[name, "seen"] += base
    person.sums[name, "exact"] += exact if running else 0
    person.sums[name, paid] += pay
    return pay


def account(policy, benefit, person, left, out):
    rule = policy.get("account")
    named = rule is not None and (
        "benefits" not in rule or (benefit is not None and benefit["id"] in listed(rule["benefits"]))
    )
    pays = rule.get("pays", ["in_range"]) if named else []
    payable = sum(left["burden" if part == "in_range" else part] for part in pays)
    payable = min(payable, out["person"])
    own = min(payable, person.account)
    family = min(payable - own, person.family) if pays and str(rule.get("family", "true")) == "true" else 0
    person.account -= own
    person.family -= family
    out.update(account=own + family, family=family, cash=out["person"] - own - family, account_balance=person.account)
