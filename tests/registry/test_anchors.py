"""Anchors: a trail that somebody with the whole database in his hands wrote anew is found; a forged anchor as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from yibao.registry import Registry, RegistryError
from yibao.registry.actors import set_state
from yibao.registry.audit import CHAINS, GENESIS, SEALED, chain_of, seal
from yibao.registry.tables.core import ACTOR, EVENT, HEAD
from yibao.registry.types import stored
from yibao.registry.verify import Verified, verify
from yibao.runs.anchors import Anchor, make_anchor, noted, read_anchor, write_anchor
from yibao.sharing.keys import PrivateKey, new_key, read_private

AT = datetime(2026, 1, 15, 9, 0)
CHAIN = chain_of("actor:lead")


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> PrivateKey:
    path = tmp_path_factory.mktemp("keys") / "anchor.key"
    new_key(path, "990000", "The audit office", None)
    return read_private(path)


def anchored(registry: Registry, key: PrivateKey, after: Anchor | None = None) -> Anchor:
    return make_anchor(registry, verify(registry), key, AT, after)


def held_against(registry: Registry, *anchors: Anchor) -> Verified:
    return verify(registry, noted=noted(registry, anchors))


def cut_off(registry: Registry) -> None:
    """The last event of a chain never was; the row that it changed is as before."""
    _reckon_anew(registry, lambda events: events[:-1])
    with registry.engine.begin() as connection:
        connection.execute(update(ACTOR).where(ACTOR.c.actor_id == "lead").values(version=ACTOR.c.version - 1))


def written_anew(registry: Registry) -> None:
    """Somebody else did it."""
    _reckon_anew(registry, lambda events: [{**event, "actor_id": "bureau"} for event in events])


def turned_round(registry: Registry) -> None:
    """What was done is as it was, in another order."""
    _reckon_anew(registry, lambda events: [*events[:-2], events[-1], events[-2]])


def _reckon_anew(registry: Registry, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> None:
    with registry.engine.begin() as connection:
        mine = select(EVENT).where(EVENT.c.chain == CHAIN).order_by(EVENT.c.seq)
        events = change([dict(row) for row in connection.execute(mine).mappings()])
        before = GENESIS
        for place, event in enumerate(events, start=1):
            event["seq"] = place
            before = event["hash"] = seal(before, [stored(event[name]) for name in SEALED])
        connection.execute(delete(EVENT).where(EVENT.c.chain == CHAIN))
        connection.execute(insert(EVENT), events)
        head = {"seq": len(events), "hash": before, "recorded_at": events[-1]["recorded_at"]}
        connection.execute(update(HEAD).where(HEAD.c.chain == CHAIN).values(head))


@pytest.mark.parametrize("forge", [cut_off, written_anew, turned_round])
def test_a_chain_reckoned_anew_is_sound_in_itself_and_found_by_an_anchor(
    registry: Registry, key: PrivateKey, forge: Callable[[Registry], None]
) -> None:
    for _ in range(3):
        registry.do(set_state, "lead", "active", by="root")
    anchor = anchored(registry, key)
    assert held_against(registry, anchor).sound
    forge(registry)
    assert verify(registry).sound  # nothing inside can tell
    found = held_against(registry, anchor)
    assert {(kind, place.split("/")[0]) for kind, place, _ in found.problems} == {("anchor", str(CHAIN))}


def test_a_trail_that_went_on_still_holds_every_anchor(registry: Registry, key: PrivateKey) -> None:
    first = anchored(registry, key)
    for _ in range(3):
        registry.do(set_state, "lead", "active", by="root")
    second = anchored(registry, key, first)
    assert second.content["after"] == first.digest and second.content["events"] == first.content["events"] + 3
    assert held_against(registry, first, second).sound
    assert len(first.heads) == CHAINS


def test_what_is_not_sound_is_not_signed(sqlite_registry: Registry, key: PrivateKey) -> None:
    with sqlite_registry.engine.begin() as connection:
        connection.execute(update(ACTOR).where(ACTOR.c.actor_id == "lead").values(name="x"))
    with pytest.raises(RegistryError, match="not sound"):
        anchored(sqlite_registry, key)


def test_a_file_that_was_changed_or_signed_by_another_is_refused(
    sqlite_registry: Registry, key: PrivateKey, tmp_path: Path
) -> None:
    path, forged = tmp_path / "a.json", tmp_path / "b.json"
    write_anchor(anchored(sqlite_registry, key), path)
    assert read_anchor(path, key.public).digest == anchored(sqlite_registry, key).digest
    with pytest.raises(RegistryError, match="a file already"):
        write_anchor(anchored(sqlite_registry, key), path)
    doc = json.loads(path.read_text())
    for change in ({"events": 1}, {"heads": {**doc["heads"], "2": [1, GENESIS]}}, {"signed_by": "x"}):
        forged.write_text(json.dumps(doc | change))
        with pytest.raises(RegistryError, match="changed after it was signed"):
            read_anchor(forged)
    for text in ("[]", "{}", "", json.dumps(doc | {"key": "%"}), json.dumps(doc | {"heads": {}})):
        forged.write_text(text)
        with pytest.raises(RegistryError, match="not an anchor"):
            read_anchor(forged)
    new_key(tmp_path / "k", "990000", "somebody else", None)
    other = read_private(tmp_path / "k")
    write_anchor(anchored(sqlite_registry, other), tmp_path / "c.json")
    assert read_anchor(tmp_path / "c.json").facts()["fingerprint"] == other.public.fingerprint
    with pytest.raises(RegistryError, match="signed by"):
        read_anchor(tmp_path / "c.json", key.public)


def test_anchors_of_another_registry_and_of_another_past_are_refused(
    sqlite_registry: Registry, key: PrivateKey
) -> None:
    anchor = anchored(sqlite_registry, key)
    with pytest.raises(RegistryError, match="another registry"):
        noted(sqlite_registry, [Anchor({**anchor.content, "registry": "R-other"}, anchor.key, anchor.signature)])
    sqlite_registry.do(set_state, "lead", "active", by="root")
    before = anchored(sqlite_registry, key)
    written_anew(sqlite_registry)
    with pytest.raises(RegistryError, match="contradict"):
        noted(sqlite_registry, [before, anchored(sqlite_registry, key)])
