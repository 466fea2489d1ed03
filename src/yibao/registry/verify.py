"""`registry verify`: every event is as written, none is missing or moved; every row is as the last one left it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, Text, select, type_coerce

from yibao.registry.articles import RegistryError
from yibao.registry.audit import CHAINS, GENESIS, SEALED, SEPARATOR, row_digest, row_key
from yibao.registry.store import Registry
from yibao.registry.tables import METADATA
from yibao.registry.tables.core import EVENT, HEAD
from yibao.registry.types import Day, Instant
from yibao.registry.unit import reading

#: Events read at once.
PIECE = 50_000
#: Tables that events do not speak of: they are the events.
_TRAIL = {"audit_event", "audit_head"}
#: More problems than this are counted, not listed.
SHOWN = 1_000

#: The last version and digest of each row, by table and key.
Rows = dict[tuple[str, str], tuple[int, str]]
#: A table beside the registry's own, and columns of it that events do not tell of.
Beside = tuple[Table, frozenset[str]]
Progress = Callable[[str, float, float], None]


@dataclass
class Verified:
    """What verifying found. ``problems`` are (kind, place, what is wrong); no problem means nothing was changed."""

    events: int = 0
    rows: int = 0
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    @property
    def sound(self) -> bool:
        return not self.count

    def add(self, kind: str, place: str, what: str) -> None:
        self.count += 1
        if len(self.problems) < SHOWN:
            self.problems.append((kind, place, what))


def verify(
    registry: Registry, *, anchor: Path | None = None, progress: Progress | None = None, more: Sequence[Beside] = ()
) -> Verified:
    """Check chains, bodies and rows; with ``anchor`` also that heads noted earlier are still in the chains.

    ``more`` are tables that others keep in the same database, and whose rows their events tell of.
    """
    found = Verified()
    with registry.engine.connect() as connection, reading(connection) as seen:
        noted = {} if anchor is None else read_anchor(anchor)
        rows: Rows = {}
        erased: dict[int, int] = {}
        gone: list[tuple[int, int]] = []
        total = _count(seen)
        for chain in range(CHAINS):
            _chain(seen, chain, found, rows, erased, gone, noted.get(chain))
            if progress is not None:
                progress("verify", found.events, total)
        for chain, seq in gone:
            if seq > erased.get(chain, 0):
                found.add("body_missing", f"{chain}/{seq}", "the event's body is gone, and no retention erased it")
        _heads(seen, found)
        own = [(table, frozenset[str]()) for table in METADATA.sorted_tables if table.name not in _TRAIL]
        _rows(seen, found, rows, [*own, *more])
    return found


def _count(connection: Connection) -> int:
    return sum(int(seq) for seq in connection.execute(select(HEAD.c.seq)).scalars() if str(seq).isdigit())


def _chain(
    connection: Connection, chain: int, found: Verified, rows: Rows, erased: dict[int, int],
    gone: list[tuple[int, int]], noted: tuple[int, str] | None,
) -> None:  # fmt: skip
    """Walk one chain. ``rows`` collects the last digest of each row, ``erased`` up to where retention erased."""
    before, place = GENESIS, 0
    for row in _events(connection, chain):
        seq, sealed, body, told, changes = row[1], row[-1], row[-2], row[9], row[10]
        place += 1
        found.events += 1
        where = f"{chain}/{seq}"
        if seq != place:
            found.add("missing_event", f"{chain}/{place}", f"the chain goes on with {seq}")
            place = seq if isinstance(seq, int) else place
        try:
            whole = f"{before}{SEPARATOR}{row[0]}{SEPARATOR}{seq}{SEPARATOR}{SEPARATOR.join(row[2:11])}"
        except TypeError:  # a column that is no text any more
            whole = ""
        if hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest() != sealed:
            found.add("changed_event", where, "the event is not what was sealed, or not where it was")
        elif whole.count(SEPARATOR) != len(SEALED):
            found.add("changed_event", where, "a column holds a separator")
        before = sealed
        if body is None:
            gone.append((chain, place))
        elif hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest() != told:
            found.add("changed_body", where, "the event's body is not what was sealed")
        if noted is not None and seq == noted[0] and sealed != noted[1]:
            found.add("anchor", where, "the event is not the one that the anchor names")
        if changes:
            _collect(changes, rows, found, where)
        if row[6] == "registry.retain" and body:
            _erasures(body, erased)
    found.heads[chain] = (place, before)
    if noted is not None and place < noted[0]:
        found.add("anchor", f"{chain}/{noted[0]}", f"the anchor knows {noted[0]} events, the chain has {place}")


def _events(connection: Connection, chain: int) -> Iterator[Any]:
    """The events of a chain as they are stored: no type is trusted to read them."""
    columns = [as_stored(EVENT.c[name]) for name in (*SEALED, "body", "hash")]
    last = -(2**62)
    while True:
        query = select(*columns).where(EVENT.c.chain == chain, EVENT.c.seq > last).order_by(EVENT.c.seq).limit(PIECE)
        rows = connection.execute(query).all()
        yield from rows
        if len(rows) < PIECE:
            return
        last = rows[-1][1]


def as_stored(column: Any) -> Any:
    return type_coerce(column, Text) if isinstance(column.type, (Day, Instant)) else column


def _collect(changes: Any, rows: Rows, found: Verified, where: str) -> None:
    try:
        for table, key, version, digest in json.loads(changes):
            # A row may be changed by events of several chains: its versions put them in order.
            place = (table, key)
            before, known = rows.get(place, (version, ""))
            # Of one instant, a removal is the last.
            if (before, known == "-") <= (version, digest == "-"):
                rows[place] = (version, digest)
    except (ValueError, TypeError):
        found.add("changed_event", where, "the list of its changes cannot be read")


def _erasures(body: str, erased: dict[int, int]) -> None:
    try:
        upto = json.loads(body).get("erased", {})
        erased.update({int(chain): max(int(seq), erased.get(int(chain), 0)) for chain, seq in upto.items()})
    except (ValueError, AttributeError):
        return  # a body that is not what was sealed has been told of already


def _heads(connection: Connection, found: Verified) -> None:
    last = {
        chain: connection.execute(
            select(as_stored(EVENT.c.recorded_at)).where(EVENT.c.chain == chain).order_by(EVENT.c.seq.desc()).limit(1)
        ).scalar()
        for chain in range(CHAINS)
    }
    query = select(*(as_stored(HEAD.c[name]) for name in ("chain", "seq", "hash", "recorded_at")))
    said = {row[0]: tuple(row[1:]) for row in connection.execute(query)}
    for chain in range(CHAINS):
        if said.get(chain) != (*found.heads[chain], last[chain]):
            found.add(
                "wrong_head", str(chain), f"the head says {said.get(chain)}, the chain ends with {found.heads[chain]}"
            )
    for chain in set(said) - set(range(CHAINS)):
        found.add("wrong_head", str(chain), "there is no such chain")
    stray = select(EVENT.c.chain).where((EVENT.c.chain < 0) | (EVENT.c.chain >= CHAINS)).limit(1)
    if connection.execute(stray).first() is not None:
        found.add("changed_event", "-", "an event is in a chain that does not exist")


def _rows(connection: Connection, found: Verified, rows: Rows, tables: Sequence[Beside]) -> None:
    """Every row is the one that the last event told of it; none is there that no event told of, none is gone."""
    names = {table.name for table, _ in tables}
    left = {place for place, (_, digest) in rows.items() if digest != "-" and place[0] in names}
    for table, unsealed in tables:
        columns = [column for column in table.columns if column.name not in unsealed]
        for row in connection.execute(select(*(as_stored(column) for column in columns))):
            found.rows += 1
            content = dict(zip((column.name for column in columns), row, strict=True))
            place = (table.name, row_key(table, content))
            left.discard(place)
            if place not in rows or rows[place][1] == "-":
                found.add("unknown_row", "/".join(place), "no event told of this row")
            elif _digest(content) != rows[place][1]:
                found.add("changed_row", "/".join(place), "the row is not as the last event left it")
    for table_name, lost in sorted(left):
        found.add("missing_row", f"{table_name}/{lost}", "the row is gone, and no event removed it")


def _digest(content: Mapping[str, Any]) -> str:
    try:
        return row_digest(content)
    except (TypeError, ValueError, UnicodeError):
        return ""


# --- anchors ---------------------------------------------------------------------------------------------------------


def write_anchor(found: Verified, path: Path) -> None:
    """Note the heads of the chains in a file, to be kept where whoever can write to the database cannot."""
    heads = {str(chain): list(head) for chain, head in found.heads.items()}
    path.write_text(json.dumps({"yibao_registry_anchor": 1, "heads": heads}, indent=1) + "\n", encoding="utf-8")


def read_anchor(path: Path) -> dict[int, tuple[int, str]]:
    """The heads of an anchor. Raises :class:`RegistryError` when the file is none."""
    try:
        heads = json.loads(path.read_text(encoding="utf-8"))["heads"]
        return {int(chain): (int(seq), str(sealed)) for chain, (seq, sealed) in heads.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise RegistryError(
            "this is not an anchor", where=str(path), mend="give a file that `yibao registry verify --note` wrote",
            zh="这不是锚定文件", mend_zh="请给出 yibao registry verify --note 所写的文件",
        ) from None  # fmt: skip
