"""Validity and succession of knowledge points: which point ends which, and what contradicts itself.

A later point of the same class on the same codes takes the place of the earlier one from its first day; a point may
also name those it supersedes. Points that contradict each other are refused, with what is wrong, and the rest stands.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from yibao.supervision.points.reading import Point, known_class

#: Classes in which one code may stand in several points at once: an operation may belong to several groups.
_SEVERAL = ("手术项目未按规定折价收费",)
EVER, NEVER = dt.date(1950, 1, 1), dt.date(9999, 12, 31)
_CODE = re.compile(r"^([XZ][A-Z0-9]{19,22}|T[0-9]{9}|[0-9]{15}|C[0-9]{15,26}|[A-Z][0-9][0-9A-Z].*)$")


@dataclass(frozen=True)
class Span:
    """A point of the ledger with its validity, as a batch of points meets it."""

    kp_id: str
    rule_class: str
    item_code: str
    other_item_code: str
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True)
class Refused:
    """A point that is not taken in, its place in the file, and why, in both languages."""

    point: Point
    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Chained:
    """What may be taken in, with its validity; ledger points that end, and the day (exclusive); what may not."""

    points: tuple[Point, ...]
    ended: Mapping[str, dt.date]
    refused: tuple[Refused, ...]


def chain(points: Sequence[Point], recorded: Iterable[Span]) -> Chained:
    """Order the points of a file by validity, among themselves and with those of the ledger."""
    refused: list[Refused] = []
    sound = [point for point in points if _sound(point, refused)]
    spans = list(recorded)
    sound = _named_successions(sound, spans, refused)
    sound = _without_overlap(sound, refused)
    closed, ended = _succeed(sound, spans)
    return Chained(tuple(closed), ended, tuple(refused))


def _sound(point: Point, refused: list[Refused]) -> bool:
    bad = [code for pair in point.pairs for code in pair if code and not _CODE.match(code)]
    if not known_class(point):
        refused.append(
            Refused(
                point, "unknown_class", f"没有官方规则“{point.rule_class}”", f"no official rule {point.rule_class!r}"
            )
        )
    elif not point.pairs:
        refused.append(Refused(point, "no_code", "没有编码", "no code"))
    elif bad:
        refused.append(Refused(point, "bad_code", f"编码形式有误：{bad[0]}", f"not a national code: {bad[0]}"))
    elif point.valid_from and point.valid_to and point.valid_to <= point.valid_from:
        refused.append(Refused(point, "valid_order", "失效不晚于生效", "it ends before it begins"))
    else:
        return True
    return False


def _named_successions(points: list[Point], recorded: list[Span], refused: list[Refused]) -> list[Point]:
    """Check what points say that they supersede: known, earlier, by one successor only, and never in a circle."""
    begins = {span.kp_id: span.valid_from for span in recorded} | {p.kp_id: p.valid_from for p in points}
    successors: dict[str, list[str]] = defaultdict(list)
    for point in points:
        for old in point.supersedes:
            successors[old].append(point.kp_id)
    kept = []
    for point in points:
        problem = _contradiction(point, begins, successors)
        if problem:
            refused.append(Refused(point, *problem))
        else:
            kept.append(point)
    return kept


def _contradiction(
    point: Point, begins: Mapping[str, dt.date | None], successors: Mapping[str, Sequence[str]]
) -> tuple[str, str, str] | None:
    for old in point.supersedes:
        if old not in begins:
            return "unknown_predecessor", f"所替代的 {old} 不存在", f"it supersedes {old}, which is not known"
        rivals = [new for new in successors[old] if new != point.kp_id]
        if rivals:
            return "two_successors", f"{old} 同时被 {rivals[0]} 替代", f"{old} is superseded by {rivals[0]} too"
        if (begins[old] or EVER) >= (point.valid_from or EVER) and old != point.kp_id:
            return "successor_first", f"生效不晚于所替代的 {old}", f"it begins no later than {old}, which it supersedes"
        if old == point.kp_id:
            return "circle", "替代自己", "it supersedes itself"
    return None


def _without_overlap(points: list[Point], refused: list[Refused]) -> list[Point]:
    """Two points of one class on one code with different texts cannot begin on one day: the later in the file goes."""
    first: dict[tuple[str, str, str, dt.date | None], Point] = {}
    kept = []
    for point in points:
        pairs = () if point.rule_class in _SEVERAL else point.pairs
        keys = [(point.rule_class, code, other, point.valid_from) for code, other in pairs]
        rivals = [first[key] for key in keys if key in first and first[key].text != point.text]
        rivals = [rival for rival in rivals if point.kp_id not in rival.supersedes]
        if rivals:
            rival = rivals[0]
            refused.append(
                Refused(point, "overlap", f"与 {rival.kp_id}（第 {rival.line} 行）同日对同一编码有不同限定",
                        f"overlaps {rival.kp_id} (line {rival.line}): another limit of the same code from the same day")
            )  # fmt: skip
            continue
        kept.append(point)
        first |= {key: point for key in keys if key not in first}
    return kept


def _succeed(points: list[Point], recorded: list[Span]) -> tuple[list[Point], dict[str, dt.date]]:
    """End earlier points where later ones of the same class and codes begin, or where they are named."""
    starts: dict[tuple[str, str, str], list[tuple[dt.date, str]]] = defaultdict(list)
    named: dict[str, dt.date] = {}
    for point in points:
        for code, other in point.pairs:
            starts[point.rule_class, code, other].append((point.valid_from or EVER, point.kp_id))
        named |= dict.fromkeys(point.supersedes, point.valid_from or EVER)
    closed = [replace(point, valid_to=_end(point, starts, named)) for point in points]
    ended: dict[str, dt.date] = {}
    fresh = {point.kp_id for point in points}
    for span in recorded:
        if span.kp_id in fresh:
            continue
        later = [at for at, _ in starts.get((span.rule_class, span.item_code, span.other_item_code), ())
                 if at > (span.valid_from or EVER)]  # fmt: skip
        ends = min([*later, *([named[span.kp_id]] if span.kp_id in named else [])], default=None)
        if ends is not None and ends < (span.valid_to or NEVER):
            ended[span.kp_id] = min(ends, ended.get(span.kp_id, NEVER))
    return closed, ended


def _end(
    point: Point, starts: Mapping[tuple[str, str, str], Sequence[tuple[dt.date, str]]], named: Mapping[str, dt.date]
) -> dt.date | None:
    # A point ends as a whole: when all of its codes have passed to later points.
    ends: list[dt.date] = []
    for code, other in point.pairs:
        later = [at for at, who in starts[point.rule_class, code, other] if at > (point.valid_from or EVER)]
        if not later:
            ends = []
            break
        ends.append(min(later))
    given = [day for day in (point.valid_to, named.get(point.kp_id), max(ends) if ends else None) if day is not None]
    return min(given) if given else None
