"""What is left to decide: local codes with their candidates, those that carry most money first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.ledger.codes.coding import attached, choose_edition
from yibao.ledger.codes.statements import Key, Known, Row, known_statements
from yibao.ledger.storage import Ledger


@dataclass(frozen=True)
class Task:
    """A local code to decide on; ``rows`` and ``money`` (fen) are its use, None when it is not in use."""

    key: Key
    name: str | None
    candidates: Sequence[Row]
    rows: int | None = None
    money: int | None = None


def work_list(
    ledger: Ledger, kind: str, edition: str | None = None, institution: str | None = None
) -> tuple[str, list[Task]]:
    """The edition, and every undecided code that is in use or has a suggestion, by money."""
    edition = choose_edition(ledger, kind, edition)
    known = known_statements(ledger, kind, edition)
    with attached(ledger, kind, edition) as engine:
        used = engine.execute(
            "select from_system, institution_id, code as from_code, arg_max(name, row_count) as name, "
            "cast(sum(row_count) as bigint) as n, cast(sum(money) as bigint) as money "
            "from coded where state not in ('national', 'mapped') group by 1, 2, 3"
        ).to_pylist()
    tasks = {}
    for row in used:
        key = (row["from_system"], row["institution_id"], row["from_code"])
        tasks[key] = Task(key, row["name"], _candidates(known, key), row["n"], row["money"])
    for key, rows in known.candidates.items():
        if key not in tasks:
            tasks[key] = Task(key, rows[0]["from_name"], _candidates(known, key))
    chosen = [task for task in tasks.values() if not known.decided(task.key) and institution in (None, task.key[1])]
    return edition, sorted(chosen, key=_order)


def _candidates(known: Known, key: Key) -> list[Row]:
    """A code's own suggestions, or those made for every institution, without what was rejected."""
    rows = known.candidates.get(key) or known.candidates.get((key[0], None, key[2])) or []
    return [row for row in rows if not known.rejected(key, row["to_code"])]


def _order(task: Task) -> tuple[int, int, int, Key]:
    best = task.candidates[0]["similarity_ppm"] if task.candidates else 0
    return -(task.money or 0), -(task.rows or 0), -best, (task.key[0], task.key[1] or "", task.key[2])
