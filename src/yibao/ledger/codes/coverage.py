"""How much of what is billed is said in national codes: by codes, rows and money, institution and month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from yibao.engine import DuckEngine
from yibao.ledger.codes.coding import attached, choose_edition
from yibao.ledger.codes.doubt import Doubt, doubtful
from yibao.ledger.storage import Ledger

#: What is known of a code in use, best first, in both languages.
STATES = {
    "national": ("国家编码且当时有效", "national code, valid on the day"),
    "mapped": ("已确认对照", "map confirmed by a person"),
    "suggested": ("仅有建议", "suggested only"),
    "expired": ("在目录中但当时无效", "in the list, but not valid on the day"),
    "unknown": ("未知", "unknown"),
}
OPEN = ("suggested", "expired", "unknown")
WORK_LIST = 20


@dataclass(frozen=True)
class Share:
    """What is in one state: distinct local codes (an institution's own count for itself), rows, money in fen."""

    state: str
    codes: int
    rows: int
    money: int


@dataclass(frozen=True)
class Group:
    """The shares of one institution or one month; ``name`` is the institution's."""

    id: str
    name: str
    shares: Sequence[Share]


@dataclass(frozen=True)
class Open:
    """A code that nobody has decided on, with its use and its best candidate, if it has one."""

    institution_id: str | None
    system: str
    code: str
    name: str | None
    state: str
    rows: int
    money: int
    suggested: str | None
    suggested_name: str | None


@dataclass(frozen=True)
class Coverage:
    """Shares of a kind of code in all, by institution and by month, and the work list: open codes by their money.

    ``doubtful`` are national codes used under names of something else, perhaps from another edition.
    """

    kind: str
    edition: str
    total: Sequence[Share]
    institutions: Sequence[Group]
    months: Sequence[Group]
    open: Sequence[Open]
    open_codes: int
    doubtful: Sequence[Doubt]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return asdict(self)


def coverage(ledger: Ledger, kind: str, edition: str | None = None, top: int = WORK_LIST) -> Coverage:
    """Coverage of the codes in use against an edition; ``top`` bounds the work list. Raises as ``choose_edition``."""
    edition = choose_edition(ledger, kind, edition)
    with attached(ledger, kind, edition) as engine:
        engine.materialise(
            "states",
            "select coalesce(institution_id, '') as institution_id, strftime(month, '%Y-%m') as month, from_system, "
            "code, state, cast(sum(row_count) as bigint) as n, cast(sum(money) as bigint) as money "
            "from coded group by all",
        )
        names = {
            row["institution_id"]: row["name"] or ""
            for row in engine.execute("select institution_id, name from institution").to_pylist()
        }
        return Coverage(
            kind=kind,
            edition=edition,
            total=_shares(engine, None).get("", []),
            institutions=[
                Group(one, names.get(one, ""), shares) for one, shares in _shares(engine, "institution_id").items()
            ],
            months=[Group(one, "", shares) for one, shares in _shares(engine, "month").items()],
            open=_open(engine, kind, edition, top),
            open_codes=_count_open(engine),
            doubtful=doubtful(engine, kind, edition, top),
        )


def _shares(engine: DuckEngine, by: str | None) -> dict[str, list[Share]]:
    rows = engine.execute(
        f"""
        select {f"coalesce({by}, '')" if by else "''"} as id, state,
            count(distinct institution_id || chr(31) || from_system || chr(31) || code) as codes,
            cast(sum(n) as bigint) as n, cast(sum(money) as bigint) as money
        from states group by 1, 2 order by 1
        """
    ).to_pylist()
    groups: dict[str, dict[str, Share]] = {}
    for row in rows:
        groups.setdefault(row["id"], {})[row["state"]] = Share(row["state"], row["codes"], row["n"], row["money"])
    return {one: [found.get(state, Share(state, 0, 0, 0)) for state in STATES] for one, found in groups.items()}


def _open(engine: DuckEngine, kind: str, edition: str, top: int) -> list[Open]:
    rows = engine.execute(
        f"""
        with best as (
            select from_system, institution_id, from_code, to_code, to_name
            from code_map
            where kind = $kind and to_system = $edition and status = 'suggested' and rank = 1
            qualify row_number() over (
                partition by from_system, institution_id, from_code order by recorded_at desc, decided_at desc
            ) = 1
        ),
        -- One code may be in several states: valid in one month, not in the next.
        used as (
            select institution_id, from_system, code, arg_max(name, row_count) as name, max(state) as state,
                cast(sum(row_count) as bigint) as n, cast(sum(money) as bigint) as money
            from coded where state in {OPEN} group by all
        )
        select u.*, b.to_code, b.to_name
        from used u
        left join best b on b.from_system = u.from_system and b.from_code = u.code
            and coalesce(b.institution_id, u.institution_id) is not distinct from u.institution_id
        order by u.money desc, u.n desc, u.institution_id, u.code limit $top
        """,
        {"kind": kind, "edition": edition, "top": top},
    ).to_pylist()
    return [
        Open(
            row["institution_id"], row["from_system"], row["code"], row["name"], row["state"], row["n"], row["money"],
            row["to_code"], row["to_name"],
        )
        for row in rows
    ]  # fmt: skip


def _count_open(engine: DuckEngine) -> int:
    found = engine.execute(
        "select count(*) as n from "
        f"(select distinct institution_id, from_system, code from states where state in {OPEN})"
    )
    return int(found["n"][0].as_py())
