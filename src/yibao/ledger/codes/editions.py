"""What a file changes against what the ledger has: codes added, changed and ended. To be told of ends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from yibao.engine.sql import sql_text
from yibao.ledger.codes.kinds import Kind
from yibao.ledger.contracts import RECORDED
from yibao.ledger.duck import connect

_OURS = {column.name for column in RECORDED}
#: Columns that say which edition a row belongs to and when it was decided, not what it says of its code.
_EDITION = {"version", "batch", "source", "valid_from", "valid_to", "decided_at", "decided_by", "rank"}
SHOWN = 5


@dataclass(frozen=True)
class Difference:
    """Codes by what became of them; ``against`` names the edition compared with (None: there was none).

    ``examples`` has up to :data:`SHOWN` codes of each kind; those changed with the columns that differ.
    """

    against: str | None
    added: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def family(version: str) -> str:
    """The list that a version is an edition of: its name without number.

    >>> family("医保2.0"), family("国临 v2.0"), family("2025")
    ('医保', '国临', '')
    """
    return re.sub(r"[\s_-]*(?:[vV版第]*\s*[\d.]+\s*版?)+$", "", version)


def compared_with(kind: Kind, known: pa.Table, given: Mapping[str, str]) -> tuple[str, str] | None:
    """The rows to compare with: (name of the edition, SQL condition over ``known``); None when there are none."""
    if kind.name in ("diagnosis", "procedure"):
        version = given.get(kind.version)
        seen = dict.fromkeys(
            row["version"] for row in known.select(["version", "recorded_at"]).sort_by("recorded_at").to_pylist()
        )
        alike = [name for name in reversed(list(seen)) if version and family(name) == family(version)]
        chosen = version if version in seen else alike[0] if alike else None
        return (chosen, f"version = {sql_text(chosen)}") if chosen else None
    if not known.num_rows:
        return None
    if kind.name == "map":
        same = {c: given[c] for c in ("kind", "from_system", "to_system") if c in given}
        condition = " and ".join([f"{c} = {sql_text(v or '')}" for c, v in same.items()] + ["status = 'confirmed'"])
        return " → ".join(same[c] for c in ("from_system", "to_system") if c in same), condition
    if "valid_from" in given:
        day = given["valid_from"]
        latest = f"valid_from <= date '{day}' and coalesce(valid_to, date '9999-12-31') > date '{day}'"
        return f"in force on {day}", latest
    return "all rows", "true"


def difference(kind: Kind, incoming: pa.Table, known: pa.Table, given: Mapping[str, str]) -> Difference:
    """Compare typed records with the edition that they follow."""
    base = compared_with(kind, known, given)
    if base is None:
        return Difference(None, added=len(set(incoming[kind.code].to_pylist())))
    name, condition = base
    said = [c for c in incoming.column_names if c[0] != "_" and c not in _OURS | _EDITION and c not in given]
    ids = [c for c in (*kind.table.key, kind.code) if c in said]
    keys = list(dict.fromkeys(c for c in ids if c not in ("to_code", "status", "from_system", "to_system")))
    others = [c for c in said if c not in keys and incoming[c].null_count < incoming.num_rows]
    join = " and ".join(f"a.{c} is not distinct from b.{c}" for c in keys)
    differ = [f"case when a.{c} is distinct from b.{c} then '{c}, ' else '' end" for c in others] or ["''"]
    with connect() as engine:
        engine.register("incoming", incoming)
        engine.register("known", known)
        engine.execute(
            f"create table a as select distinct on ({', '.join(keys)}) *, true as here from incoming where _ok"
        )
        # Of several earlier spans or decisions the last one is what the file follows.
        engine.execute(
            f"create table b as select *, true as here from known where {condition} "
            f"qualify row_number() over (partition by {', '.join(keys)} order by recorded_at desc) = 1"
        )
        rows = engine.execute(
            f"""
            select fate, code, what, count(*) over (partition by fate) as n from (
                select case when b.here is null then 'added' when a.here is null then 'ended'
                        when {" || ".join(differ)} <> '' then 'changed' else 'unchanged' end as fate,
                    coalesce(a.{kind.code}, b.{kind.code}) as code, rtrim({" || ".join(differ)}, ', ') as what
                from a full join b on {join}
            ) qualify row_number() over (partition by fate order by code) <= {SHOWN} order by fate, code
            """
        ).fetchall()
    counts: dict[str, int] = {fate: n for fate, _, _, n in rows}
    examples: dict[str, tuple[str, ...]] = {
        fate: tuple(f"{code} ({what})" if fate == "changed" else code for f, code, what, _ in rows if f == fate)
        for fate in ("added", "changed", "ended")
        if fate in counts
    }
    return Difference(name, **{fate: counts.get(fate, 0) for fate in _FATES}, examples=examples)


_FATES = ("added", "changed", "ended", "unchanged")
