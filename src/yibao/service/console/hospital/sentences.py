"""The benchmark in short: case mix, then the gap in cost that it does not explain, then where the gap comes from.

Always in this order, one sentence for each case; nothing is said that the table below does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from yibao.presentation.fmt import Format
from yibao.service.console.hospital.benchmark import Benchmark
from yibao.service.console.hospital.choice import PROVISIONAL
from yibao.service.console.hospital.compare import Compared, Months
from yibao.service.console.hospital.stays import Floats
from yibao.service.console.hospital.words import interval, written, yuan

Sentence = str | tuple[str, str]
#: Points before anything is called a change, and how many on one side of the median are a signal.
ENOUGH, RUN = 12, 8
#: Shares that can explain a gap in cost, in the order of the table.
_PARTS = ("drug", "consumable", "exam", "service")


def in_short(made: Benchmark, fmt: Format) -> list[Sentence]:
    """Three sentences, some with a muted line of reasons."""
    return [case_mix(made, fmt), gap(made, fmt), source(made, fmt)]


def case_mix(made: Benchmark, fmt: Format) -> Sentence:
    """Whether some extra cost is to be expected: by CMI, or without weights by what the diseases let expect."""
    zh, row = fmt.lang == "zh", made.rows.get("cmi")
    if row is None or row.own is None or row.peers is None:
        return _mix_without_weights(made, fmt)
    own, peers = written(row.own.value, "ratio", fmt), written(row.peers.p50, "ratio", fmt)
    if row.word == "higher":
        if zh:
            return f"病例更重：CMI *{own}*，同类中位数 {peers}。费用本来就该高一些。"
        return f"Your cases are heavier: CMI *{own}*, peer median {peers}. Some extra cost is expected."
    if row.word == "lower":
        if zh:
            return f"病例更轻：CMI *{own}*，同类中位数 {peers}。费用本来就该低一些。"
        return f"Your cases are lighter: CMI *{own}*, peer median {peers}. Lower cost is expected."
    return (f"病例轻重相近：CMI *{own}*，同类中位数 {peers}。" if zh
            else f"Your cases are about as heavy: CMI *{own}*, peer median {peers}.")  # fmt: skip


def _mix_without_weights(made: Benchmark, fmt: Format) -> Sentence:
    zh, stays = fmt.lang == "zh", made.comparison.stays
    if not len(made.own) or made.rows["cost"].own is None:
        return ("本期出院例数太少，病例轻重不作比较。" if zh
                else "There are too few discharges to say whether your cases are heavier.")  # fmt: skip
    here = stays.place == stays.places.index(made.view.own)
    due = float(stays.expected("amount")[here].mean() / stays["amount"].mean() - 1)
    share = fmt.signed(round(due * 10**6), 10**4, 1)
    if zh:
        more = "高" if due >= 0 else "低"
        said = f"按病种构成，本院每例预期费用比全体{more} *{share.lstrip('+−±')}%*。"
        return said, "没有载入分组方案，按主要诊断的病种推算。"
    said = f"By your mix of diseases, expected cost per stay is *{share}%* against all compared."
    return said, "No grouping scheme is loaded; reckoned by main diagnosis."


def gap(made: Benchmark, fmt: Format) -> Sentence:
    """The difference in cost that case mix does not explain."""
    zh, row = fmt.lang == "zh", made.rows["cost"]
    if row.own is None:
        return (f"本期只有 {row.n} 例出院，不足 30 例，次均费用不作比较。" if zh
                else f"There are {row.n} discharges, fewer than 30: cost per stay is not compared.")  # fmt: skip
    if row.peers is None:
        return ("可比的同类不足 5 家，不作比较。可在上面换一个同类范围。" if zh
                else "Fewer than 5 peers can be compared with. Choose other peers above.")  # fmt: skip
    difference = row.difference or 0.0
    share = fmt.signed(round(difference / row.peers.p50 * 10**6), 10**4, 1)
    low, high = (yuan(end - row.peers.p50, fmt) for end in (row.own.lower, row.own.upper))
    ends = f"{low}{' 至 ' if zh else ' to '}{high}"
    below = (f"比 {row.peers.n} 家同类中的 {row.peers_below} 家高。" if zh
             else f"Higher than {row.peers_below} of {row.peers.n} peers.")  # fmt: skip
    size = yuan(abs(difference), fmt)
    if row.word == "similar":
        return (f"扣除病例轻重后，每例费用与同类*相近*（{share}%，区间 {ends}）。" if zh
                else f"After allowing for case mix, cost per stay is *similar* to peers ({share}%, interval {ends}).",
                below)  # fmt: skip
    more = row.word == "higher"
    word = ("多" if more else "少") if zh else ("more" if more else "less")
    said = (
        f"扣除病例轻重后，每例仍*{word} {size}*（{share}%，区间 {ends}）。"
        if zh
        else f"After allowing for case mix, each stay still costs *{size} {word}* ({share}%, interval {ends})."
    )
    return said, below + ("不是例数少造成的波动。" if zh else " This is not a small-number effect.")


def source(made: Benchmark, fmt: Format) -> Sentence:
    """Which part of the cost stands out on the side of the gap, and since when."""
    zh, row = fmt.lang == "zh", made.rows["cost"]
    side = {"higher": "higher", "lower": "lower"}.get(row.word)
    shares = [made.rows[name] for name in _PARTS]
    found = [one for one in shares if one.difference is not None and one.word in ("higher", "lower")]
    with_gap = [one for one in found if side is None or one.word == side]
    if not with_gap:
        return ("费用构成里没有哪一项与同类明显不同。" if zh
                else "No part of the cost differs clearly from peers.")  # fmt: skip
    most = max(with_gap, key=lambda one: abs(one.difference or 0.0))
    assert most.own is not None and most.peers is not None
    since = _since(made.series[most.indicator.name], fmt)
    name = most.indicator.zh.removesuffix("占比") if zh else most.indicator.en.removesuffix(" share").lower()
    own, peers = written(most.own.value, "percent", fmt), written(most.peers.p50, "percent", fmt)
    head = ("主要差在" if side else "构成上最不同的是") if zh else (
        "The gap is mostly " if side else "What differs most in structure is ")  # fmt: skip
    said = (f"{head}*{name}*：占比 {own}，同类 {peers}{since}。" if zh
            else f"{head}*{name}*: {own} of cost against {peers}{since}.")  # fmt: skip
    return said, _others(most, found, fmt)


def _others(most: Compared, found: Sequence[Compared], fmt: Format) -> str:
    zh, rest = fmt.lang == "zh", [one for one in found if one is not most]
    if not rest:
        return ("药品、耗材、检查检验、医疗服务中的其他几项与同类相近。" if zh
                else "Of drugs, consumables, examinations and services the others are similar to peers.")  # fmt: skip
    words = {"higher": ("高于同类", "above peers"), "lower": ("低于同类", "below peers")}
    if zh:
        said = [f"{one.indicator.zh} {interval(one.own, 'percent', fmt)}%，{words[one.word][0]}" for one in rest]
        return "；".join(said) + "。"
    said = [f"{one.indicator.en.lower()} {interval(one.own, 'percent', fmt)}%, {words[one.word][1]}" for one in rest]
    text = "; ".join(said)
    return text[:1].upper() + text[1:] + "."


def signal(values: Sequence[float] | Floats) -> int | None:
    """The place of the first of the last points that stand on one side of the median, eight or more; None otherwise.

    At least twelve points; those of one gap are passed over.
    """
    line = np.asarray(values, dtype=np.float64)
    places = np.flatnonzero(np.isfinite(line))
    if len(places) < ENOUGH:
        return None
    sides = np.sign(line[places] - np.median(line[places]))
    run = 1
    while run < len(sides) and sides[-run - 1] == sides[-1] != 0:
        run += 1
    return int(places[len(places) - run]) if run >= RUN else None


def _since(months: Months, fmt: Format) -> str:
    final = len(months.months) - PROVISIONAL
    at = signal(months.own[:final])
    if at is None:
        return ""
    up = float(np.nanmean(months.own[at:final])) > float(np.nanmedian(months.own[:final]))
    return _said_since(months.months[at], up, fmt)


def _said_since(month: date, up: bool, fmt: Format) -> str:
    if fmt.lang == "zh":
        return f"，{month.year} 年 {month.month} 月起{'抬升' if up else '下降'}"
    return f", {'higher' if up else 'lower'} since {fmt.day(month).split(' ', 1)[1]}"
