"""A hospital's own choice of peers, and which sets of peers may be looked at beside each other.

Whoever sees the figures of two sets can subtract them. So the sets that a hospital may look at, now and at any time
before, must leave no part of the institutions with fewer than five of them (console rules on honesty, 10).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import insert, select

from yibao.service.access.scope import Caller
from yibao.service.access.trail import record
from yibao.service.console.hospital.estimate import FEWEST_PEERS
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.tables import PEER_CHOICE

Part = frozenset[str]


def parts(sets: Sequence[Collection[str]], among: Iterable[str]) -> list[Part]:
    """The parts that sets leave of institutions: those of one part are in the same sets throughout. Largest first.

    >>> [sorted(part) for part in parts([{"a", "b"}, {"b", "c"}], "abcde")]
    [['d', 'e'], ['a'], ['b'], ['c']]
    """
    found: dict[tuple[bool, ...], set[str]] = defaultdict(set)
    for place in among:
        found[tuple(place in one for one in sets)].add(place)
    return sorted(map(frozenset, found.values()), key=lambda part: (-len(part), min(part)))


def splits(part: Part, chosen: Collection[str]) -> bool:
    """Whether a choice takes so much of a part, or leaves so little, that subtraction tells of fewer than five.

    >>> seven = frozenset("abcdefg")
    >>> splits(seven, "abcde"), splits(seven, "abcdefg"), splits(seven, "xyz"), splits(seven | set("hij"), "abcde")
    (True, False, False, False)
    """
    inside = sum(place in chosen for place in part)
    return 0 < inside < len(part) and min(inside, len(part) - inside) < FEWEST_PEERS


def apart(sets: Mapping[str, Collection[str]], first: Sequence[str]) -> list[str]:
    """Names of the sets that may be looked at beside each other: taken in the order ``first``, a set that splits what
    the sets before it leave is left out. A set of fewer than five shows no comparison, so it tells nothing.

    >>> apart({"level": "abcde", "kind": "abcdefg", "city": "abcdefghijkl"}, ("level", "city", "kind"))
    ['level', 'city']
    """
    everybody = set().union(*sets.values())
    told: list[Collection[str]] = []
    names = []
    for name in first:
        if len(sets[name]) >= FEWEST_PEERS:
            if any(splits(part, sets[name]) for part in parts(told, everybody)):
                continue
            told.append(sets[name])
        names.append(name)
    return names


def history(service: Service, institution_id: str) -> list[Part]:
    """All own choices of a hospital, oldest first: the last is in force."""
    query = select(PEER_CHOICE.c.peers).where(PEER_CHOICE.c.institution_id == institution_id)
    with reads(service.registry) as connection:
        rows = connection.execute(query.order_by(PEER_CHOICE.c.made_at, PEER_CHOICE.c.choice_id)).scalars()
        return [frozenset(json.loads(row)) for row in rows]


def keep(service: Service, caller: Caller, institution_id: str, chosen: Collection[str]) -> None:
    """Keep a choice; those before it stay, since their figures were seen."""
    now, number = service.registry.clock(), secrets.token_hex(8)
    row = {"choice_id": number, "institution_id": institution_id, "peers": json.dumps(sorted(chosen)),
           "actor_id": caller.actor_id, "made_at": now}  # fmt: skip
    with service.registry.engine.begin() as connection:
        connection.execute(insert(PEER_CHOICE), row)
        record(connection, now, caller.actor_id, "service.peers", f"institution:{institution_id}",
               changed=[(PEER_CHOICE, {"choice_id": number})], peers=len(chosen))  # fmt: skip


def token(institution_id: str) -> str:
    """What stands for an institution in a form of another: its page holds no foreign code."""
    return hashlib.blake2b(institution_id.encode(), digest_size=6).hexdigest()
