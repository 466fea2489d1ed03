"""Plays: scenes that are written as data (``data/plays.yaml``), from the text on what each rule looks for.

A play has one person and some events; each event is an encounter with lines. The notation of an event is
``KIND PLACE CONDITION +DAY HH:MM`` with KIND visit, emergency, chronic, purchase or stay; that of a line is an item and words:
``x30`` quantity, ``+2`` and ``14:30`` day of the encounter and hour, ``refund``, ``noreport``, ``price=1.2`` (of the list
price), ``days=90`` (supply), ``unordered``, ``ordered=ITEM``, ``local=ITEM`` (the hospital's own code), ``trace=NAME``
(scans the box of the line called NAME), ``name=NAME``, ``codes=ITEM`` (scans another item's box), and ``!``: this is it.
"""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.simulation.catalogue import load_catalogue
from yibao.simulation.conditions import condition_index
from yibao.simulation.frame import DAY, day
from yibao.simulation.planting.cast import MARKS, REASONS, Cast, scene_days
from yibao.simulation.policy import EMPLOYEE, RESIDENT
from yibao.simulation.visits import CHRONIC, EMERGENCY, OUTPATIENT, PURCHASE

_KINDS = {"visit": OUTPATIENT, "emergency": EMERGENCY, "chronic": CHRONIC, "purchase": PURCHASE}
_SCHEMES = {"employee": EMPLOYEE, "resident": RESIDENT}
_CLOCK = re.compile(r"\d\d:\d\d")


@functools.cache
def load_plays() -> tuple[dict[str, Any], ...]:
    """All plays in file order, scalars as text."""
    text = (files("yibao.simulation") / "data" / "plays.yaml").read_text(encoding="utf-8")
    return tuple(read_yaml(text, "plays.yaml")["plays"])


def perform(cast: Cast) -> None:
    """Perform every play as often as the size of the city asks for."""
    for number, play in enumerate(load_plays()):
        times = cast.positives if play["role"] == "positive" else cast.lookalikes
        times = int(play.get("times", times))
        for date in scene_days(play.get("from", f"2025-09-{1 + number % 27:02d}"), times, step=2):
            _perform_once(cast, play, day(date))


def _perform_once(cast: Cast, play: dict[str, Any], first: int) -> None:
    who = play.get("who", {})
    low, _, high = who.get("age", "30-79").partition("-")
    sex, scheme = who.get("sex"), _SCHEMES.get(who.get("scheme", ""))
    person = cast.person(sex=int(sex) if sex else None, age=(int(low), int(high)), scheme=scheme)
    names: dict[str, int] = {}
    marked: list[tuple[str, int]] = []
    for event in play["events"]:
        for number in range(int(event.get("times", 1))):
            marked += _event(cast, event, person, first + number * int(event.get("every", 0)), number, names)
    if "certified" in play:
        cast.people.certified[person, condition_index()[play["certified"]]] = True
    if play.get("paused"):
        begin, end = (first + int(text) for text in play["paused"].split(".."))
        cast.paused[person] = (begin, end)
    table, handle = marked[-1] if marked else ("person", f"person:{person}")  # type: ignore[assignment]
    kind, strength = play.get("kind", "plain"), int(play.get("strength", 2))
    cast.truth(play["rule"], play["role"], table, handle, person, play["note"], kind, strength)


def _event(
    cast: Cast, event: dict[str, Any], person: int, first: int, number: int, names: dict[str, int]
) -> list[tuple[str, int]]:
    """One encounter with its lines; returns what is marked, as (table, tag)."""
    kind, places, condition, offset, clock = event["at"].split()
    place = places.split("|")[number % len(places.split("|"))]
    hours, minutes = clock.split(":")
    begin = (first + int(offset)) * DAY + int(hours) * 3600 + int(minutes) * 60
    more = {
        name: int(event[name]) for name in ("certificate", "account_only", "way", "staff", "content") if name in event
    }
    if "treated" in event:
        more["treated"] = condition_index()[event["treated"]]
    if kind == "stay":
        tag = cast.stay_at(person, place, condition, begin, int(event["nights"]), **more)
    else:
        tag = cast.visit(person, place, condition, begin, kind=_KINDS[kind], **more)
    if "second" in event:
        cast.procedures.append((tag, event["second"], int(event["incision"])))
    if "invoice" in event:
        names["invoice"] = tag
    cast.invoices.append((tag, names["invoice"] if "same_invoice" in event else tag))
    for extra in event.get("also", []):
        cast.diagnoses.append((tag, condition_index()[extra]))
    if event.get("suspended"):
        cast.suspend(tag)
    marked = [("encounter", tag)] if event.get("mark") else []
    for k, text in enumerate(event.get("lines", [])):
        line, is_marked = _line(cast, tag, place, text, begin, k, kind == "stay", names)
        marked += [("charge_line", line)] if is_marked else []
    return marked


def _line(
    cast: Cast, encounter: int, place: str, text: str, begin: int, k: int, stay: bool, names: dict[str, int]
) -> tuple[int, bool]:
    catalogue = load_catalogue()
    item, *words = text.split()
    number = catalogue.index[item]
    at = begin + (DAY if stay else 900) + k * 60
    day_of, quantity, more = None, 1.0, {}
    for word in words:
        key, _, value = word.partition("=")
        if _CLOCK.fullmatch(word):
            hours, minutes = word.split(":")
            at = at // DAY * DAY + int(hours) * 3600 + int(minutes) * 60
        elif word[0] in "+-":
            day_of = int(word)
            at = (begin // DAY + day_of) * DAY + at % DAY
        elif word[0] == "x":
            quantity = float(word[1:])
        elif key == "price":
            level = int(cast.providers.level[cast.providers.index[place]])
            more["price"] = cast.listed(number, level, at) * round(float(value) * 1000) // 1000 // 10_000 * 10_000
        elif key in ("ordered", "local", "codes"):
            more[{"ordered": "ordered_item", "local": "local", "codes": "trace_item"}[key]] = catalogue.index[value]
        elif key == "trace":
            more["trace_of"] = names[value]
        elif key == "days":
            more["days"] = int(value)
        elif key == "mark":
            more["report_mark"] = MARKS.index(value)
        elif key == "reason":
            more["reason"] = REASONS.index(value)
        elif word in ("refund", "noreport", "unordered", "untraced"):
            more |= {"refund": {"refund": 1}, "noreport": {"report": 0}, "unordered": {"ordered": 0},
                     "untraced": {"trace_item": -1}}[word]  # fmt: skip
        elif word != "!" and key != "name":
            raise ValueError(f"plays.yaml: {word!r} in {text!r} is no word of a line")
    tag = cast.line(encounter, item, at, quantity, **more)
    for word in words:
        if word.startswith("name="):
            names[word[5:]] = tag
    return tag, "!" in words
