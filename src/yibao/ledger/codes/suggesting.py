"""Suggest national codes for local ones, and record what was suggested; nothing is mapped until a person confirms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from yibao.ledger.batch import Progress
from yibao.ledger.codes.coding import LOCAL, attached, check_kind, choose_edition
from yibao.ledger.codes.entries import Entries
from yibao.ledger.codes.sides import in_file, in_use, national
from yibao.ledger.codes.source import now
from yibao.ledger.codes.statements import Key, Known, Row, as_statements, known_statements
from yibao.ledger.codes.why import why
from yibao.ledger.refusals import LedgerError
from yibao.ledger.storage import Ledger

if TYPE_CHECKING:
    from yibao.ledger.codes.scoring import Compared

#: Two candidates nearer than this (parts per million) cannot be told apart by the score.
MARGIN = 30_000
#: A candidate below this says nothing.
LEAST = 350_000
#: From here on a single best candidate is nearly always the right one (see the explanation of scores).
STRONG = 800_000
TOP = 5


@dataclass(frozen=True)
class Suggestions:
    """What was compared and found. ``codes`` local codes: ``strong`` and ``weak`` have a single best candidate from or
    below :data:`STRONG`, ``ambiguous`` several, ``none`` no candidate; ``unchanged`` were suggested before with the
    same result and are not recorded again. ``rows`` are the candidates, as recorded."""

    kind: str
    edition: str
    codes: int
    strong: int
    weak: int
    ambiguous: int
    none: int
    unchanged: int
    recorded: int
    batch_id: str | None
    rows: list[Row]


def suggest(
    ledger: Ledger,
    kind: str,
    *,
    edition: str | None = None,
    institution: str | None = None,
    local: Path | None = None,
    named: Mapping[str, str] | None = None,
    sheet: str | None = None,
    top: int = TOP,
    least: int = LEAST,
    progress: Progress | None = None,
) -> Suggestions:
    """Candidates for the local codes in use (or in the file ``local``) that are neither national nor decided.

    ``least`` is in parts per million. Raises a refusal when there is no national list to compare with.
    """
    from yibao.ledger.codes.scoring import compare  # SciPy: only when names are compared

    check_kind(kind)
    edition = choose_edition(ledger, kind, edition)
    tell = progress or (lambda _stage, _done, _total: None)
    tell("read", 0, 3)
    if local is None:
        with attached(ledger, kind, edition) as engine:
            mine = in_use(engine, kind, institution)
        if institution is not None and not len(mine):
            _require_known(ledger, institution)
    else:
        mine = in_file(kind, local, institution, ledger.currency, named or {}, sheet)
    known = known_statements(ledger, kind, edition)
    mine = _undecided(mine, known)
    theirs = national(ledger, kind, edition)
    tell("compare", 1, 3)
    found = compare(mine, theirs, top + known.most_rejected)
    rows = _rows(kind, edition, mine, theirs, found, known, top, least)
    tell("record", 2, 3)
    fresh = [row for code, listed in rows.items() if not known.suggested_already(code, listed) for row in listed]
    receipt = ledger.append({"code_map": as_statements(fresh)}, "catalogue map") if fresh else None
    best = [listed[0] for listed in rows.values()]
    ambiguous = sum(row["is_ambiguous"] for row in best)
    strong = sum(row["similarity_ppm"] >= STRONG and not row["is_ambiguous"] for row in best)
    return Suggestions(
        kind=kind,
        edition=edition,
        codes=len(mine),
        strong=strong,
        weak=len(best) - ambiguous - strong,
        ambiguous=ambiguous,
        none=len(mine) - len(best),
        unchanged=sum(known.suggested_already(code, listed) for code, listed in rows.items()),
        recorded=len(fresh),
        batch_id=receipt.batch_id if receipt else None,
        rows=[row for listed in rows.values() for row in listed],
    )


def _require_known(ledger: Ledger, institution: str) -> None:
    if not ledger.rows("institution", "institution_id", [institution]).num_rows:
        raise LedgerError(
            f"no code is in use at {institution}, and the ledger does not know it",
            mend="give the institution_id as the ledger has it",
            zh=f"账本中没有机构 {institution}，也没有它使用的编码",
            mend_zh="请给出账本中的机构编号（institution_id）",
        )


def _undecided(mine: Entries, known: Known) -> Entries:
    keep = [not known.decided(key) for key in keys_of(mine)]
    return Entries(mine.kind, mine.table.filter(pa.array(keep, pa.bool_())))


def keys_of(mine: Entries) -> list[Key]:
    """(system, institution, code) of each local code."""
    systems = mine.texts("from_system")
    return [
        (system or LOCAL, institution, code or "")
        for system, institution, code in zip(systems, mine.texts("institution_id"), mine.texts("code"), strict=True)
    ]


def _rows(
    kind: str, edition: str, mine: Entries, theirs: Entries, found: Compared, known: Known, top: int, least: int
) -> dict[Key, list[Row]]:
    keys, names, codes, titles = keys_of(mine), mine.texts("name"), theirs.texts("code"), theirs.texts("name")
    started = now()
    rows: dict[Key, list[Row]] = defaultdict(list)
    for place in np.flatnonzero(found.score >= least).tolist():
        row, column = int(found.local[place]), int(found.national[place])
        listed = rows[keys[row]]
        if len(listed) == top or known.rejected(keys[row], codes[column] or ""):
            continue
        system, institution, code = keys[row]
        zh, en = why(found, place)
        listed.append(
            {
                "kind": kind, "from_system": system, "institution_id": institution, "from_code": code,
                "from_name": names[row], "to_system": edition, "to_code": codes[column], "to_name": titles[column],
                "status": "suggested", "source": "yibao catalogue map suggest",
                "rank": len(listed) + 1, "similarity_ppm": int(found.score[place]), "is_ambiguous": False,
                "why_zh": zh, "why_en": en,
            }
        )  # fmt: skip
    for key, listed in rows.items():
        at = known.after(key, started)
        for row_ in listed:
            row_["decided_at"] = at
    for listed in rows.values():
        if len(listed) > 1 and listed[0]["similarity_ppm"] - listed[1]["similarity_ppm"] < MARGIN:
            for row_ in listed:
                row_["is_ambiguous"] = listed[0]["similarity_ppm"] - row_["similarity_ppm"] < MARGIN
    return {key: listed for key, listed in rows.items() if listed}
