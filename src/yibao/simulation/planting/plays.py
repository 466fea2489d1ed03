"""Plays: scenes that are written as data (``data/plays.yaml``), from the text on what each rule looks for.

A play has one person and some events; each event is an encounter with lines. The notation of an event is
``KIND PLACE CONDITION +DAY HH:MM`` with KIND visit, emergency, chronic, purchase or stay. A line is an item and words:

==================== =================================================================================
``x30``              quantity
``+2``, ``14:30``    day of the encounter, hour
``refund``           taken back in full
``price=1.2``        so many times the list price
``days=90``          days of supply
``unordered``        charged without an order; ``ordered=ITEM``: another item was ordered
``local=ITEM``       the hospital's own code is that of another item
``untraced``         no box was scanned; ``codes=ITEM``: a box of another item was
``mark=省HR``        recognition mark of the report; ``reason=HR19-3``: reason on the order
``!``                this is what was planted
==================== =================================================================================
"""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from typing import Any

from yibao.engine.yaml import read_yaml
from yibao.simulation.catalogue import load_catalogue, scaled
from yibao.simulation.codes import diagnosis_position
from yibao.simulation.conditions import condition_index
from yibao.simulation.frame import DAY, day
from yibao.simulation.planting.cast import MARKS, REASONS, Cast, scene_days
from yibao.simulation.policy import EMPLOYEE, RESIDENT
from yibao.simulation.visits import CHRONIC, EMERGENCY, OUTPATIENT, PURCHASE

_KINDS = {"visit": OUTPATIENT, "emergency": EMERGENCY, "chronic": CHRONIC, "purchase": PURCHASE}
_SCHEMES = {"employee": EMPLOYEE, "resident": RESIDENT}
#: Columns of the encounter that an event may set.
_COLUMNS = ("certificate", "account_only", "way", "content")
#: Words of a line that name an item, and flags.
_ITEMS = {"ordered": "ordered_item", "local": "local", "codes": "trace_item"}
_FLAGS = {"refund": {"refund": 1}, "unordered": {"ordered": 0}, "untraced": {"trace_item": -1}}
_CLOCK = re.compile(r"\d\d:\d\d")


@functools.cache
def load_plays(part: str = "plays") -> tuple[dict[str, Any], ...]:
    """The ``plays``, or the ``further`` ones, in file order, scalars as text."""
    text = (files("yibao.simulation") / "data" / "plays.yaml").read_text(encoding="utf-8")
    return tuple(read_yaml(text, "plays.yaml")[part])


def perform(cast: Cast) -> None:
    """Perform every play as often as the size of the city asks for."""
    _perform_all(cast, load_plays())


def perform_further(cast: Cast) -> None:
    """Those of the further plays, after every scene that had its people before they were written."""
    _perform_all(cast, load_plays("further"))


def _perform_all(cast: Cast, plays: tuple[dict[str, Any], ...]) -> None:
    for number, play in enumerate(plays):
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
    marked: list[tuple[str, int | str]] = []
    for event in play["events"]:
        for number in range(int(event.get("times", 1))):
            marked += _event(cast, event, person, first + number * int(event.get("every", 0)), number, names)
    if "certified" in play:
        cast.people.certified[person, condition_index()[play["certified"]]] = True
    if play.get("paused"):
        begin, end = (first + int(text) for text in play["paused"].split(".."))
        cast.paused[person] = (begin, end)
    table, handle = marked[-1] if marked else ("person", f"person:{person}")
    kind, strength = play.get("kind", "plain"), int(play.get("strength", 2))
    cast.truth(play["rule"], play["role"], table, handle, person, play["note"], kind, strength)


def _event(
    cast: Cast, event: dict[str, Any], person: int, first: int, number: int, names: dict[str, int]
) -> list[tuple[str, int | str]]:
    """One encounter with its lines; returns what is marked, as (table, tag)."""
    kind, places, condition, offset, clock = event["at"].split()
    place = places.split("|")[number % len(places.split("|"))]
    hours, minutes = clock.split(":")
    begin = (first + int(offset)) * DAY + int(hours) * 3600 + int(minutes) * 60
    more: dict[str, int] = {name: int(event[name]) for name in _COLUMNS if name in event}
    if "treated" in event:
        more["treated"] = condition_index()[event["treated"]]
    if "title" in event:
        more["staff"] = cast.doctor_titled(place, condition, event["title"])
    if kind == "stay":
        tag = cast.stay_at(person, place, condition, begin, int(event["nights"]), **more)
    else:
        tag = cast.visit(person, place, condition, begin, kind=_KINDS[kind], **more)
    if "second" in event:
        cast.procedures.append((tag, event["second"], int(event["incision"])))
    if "invoice" in event:
        names["invoice"] = tag
    cast.invoices.append((tag, names["invoice"] if "same_invoice" in event else tag))
    if "compensated" in event:
        payer, part, status = event["compensated"].split()
        cast.compensations.append((tag, payer, part, status))
    for extra in event.get("also", []):
        cast.diagnoses.append((tag, diagnosis_position(extra)))
    if event.get("suspended"):
        cast.suspend(tag)
    marked: list[tuple[str, int | str]] = [("encounter", tag)] if event.get("mark") else []
    for k, text in enumerate(event.get("lines", [])):
        line, is_marked = _line(cast, tag, place, text, begin + (DAY if kind == "stay" else 900) + k * 60)
        marked += [("charge_line", line)] if is_marked else []
    return marked


def _line(cast: Cast, encounter: int, place: str, text: str, usual: int) -> tuple[int, bool]:
    """One line of an encounter, at its ``usual`` moment unless the words say otherwise; its tag, and is it marked?"""
    catalogue = load_catalogue()
    item, *words = text.split()
    begin, at, quantity = cast.begin_of(encounter), usual, 1.0
    more: dict[str, int] = {}
    for word in words:
        key, _, value = word.partition("=")
        if _CLOCK.fullmatch(word):
            hours, minutes = word.split(":")
            at = at // DAY * DAY + int(hours) * 3600 + int(minutes) * 60
        elif word[0] in "+-":
            at = (begin // DAY + int(word)) * DAY + at % DAY
        elif word[0] == "x":
            quantity = float(word[1:])
        elif key == "price":
            more["price"] = _priced(cast, catalogue.index[item], place, at, value)
        elif key in _ITEMS:
            more[_ITEMS[key]] = catalogue.index[value]
        elif key == "days":
            more["days"] = int(value)
        elif key == "mark":
            more["report_mark"] = MARKS.index(value)
        elif key == "reason":
            more["reason"] = REASONS.index(value)
        elif word in _FLAGS:
            more |= _FLAGS[word]
        elif word != "!":
            raise ValueError(f"plays.yaml: {word!r} in {text!r} is no word of a line")
    return cast.line(encounter, item, at, quantity, **more), "!" in words


def _priced(cast: Cast, item: int, place: str, at: int, factor: str) -> int:
    """So many times the list price of the place, to the fen."""
    listed = cast.listed(item, int(cast.providers.level[cast.providers.index[place]]), at)
    return listed * scaled(factor, 3) // 1000 // 10_000 * 10_000
