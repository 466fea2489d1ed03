"""What `yibao group` is given: a file of cases or a ledger, asked in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from yibao.casemix import CaseFile, Cases, Grouping, Tally, encode, find_case, group_file
from yibao.casemix.agreement import Agreement
from yibao.casemix.ledgers import grouped_ledger, ledger_case, ledger_issues
from yibao.casemix.listrules import issues_of
from yibao.casemix.output import RowFile
from yibao.casemix.refusals import NoSuchCase
from yibao.cli.quality import institution_names
from yibao.cli.show import Bar
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.contracts import load_contracts


@dataclass(frozen=True)
class Done:
    """A finished grouping: what became of the records, agreement with what was expected, groups by number of cases."""

    tally: Tally
    agreement: Agreement | None
    groups: pa.Table
    left_out: int


class Input:
    """Cases from a path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ledger: Ledger | None = open_ledger(path) if path.is_dir() else None

    @cached_property
    def _file(self) -> CaseFile:
        return CaseFile(self.path)

    @property
    def currency(self) -> str:
        return self._ledger.currency if self._ledger else "CNY"

    def case(self, case_id: str, grouping: Grouping) -> Cases:
        """One case. Raises :class:`NoSuchCase`."""
        if self._ledger is not None:
            found = ledger_case(self._ledger, case_id, grouping.edition)
        else:
            found = find_case(self._file, case_id, grouping.grouper.pack.head.id)
        if found is None:
            raise NoSuchCase(f"there is no case {case_id!r}", where=str(self.path), zh=f"没有病例 {case_id!r}")
        return found

    def group(self, grouping: Grouping, out: Path | None, bar: Bar) -> Done:
        """Group everything, into the file ``out`` when it is given."""
        sums: list[pa.Table] = []
        contract = load_contracts()["case_group"]
        with RowFile(out, contract, self.currency) if out else nullcontext() as file:

            def take(rows: pa.Table) -> None:
                sums.append(_by_group(rows))
                if file is not None:
                    file.write(rows)

            if self._ledger is not None:
                tally, agreement = Tally(), None
                rows = grouped_ledger(self._ledger, grouping)
                tally.add(rows)
                take(rows)
            else:
                tally, agreement = group_file(grouping.grouper, self._file, take, progress=bar)
        return Done(tally, agreement, _together(sums), file.left_out if file is not None else 0)

    def rows(self, grouping: Grouping, bar: Bar) -> pa.Table:
        """All rows of ``case_group`` at once."""
        if self._ledger is not None:
            return grouped_ledger(self._ledger, grouping)
        tables = [load_contracts()["case_group"].empty()]
        group_file(grouping.grouper, self._file, tables.append, progress=bar)
        return pa.concat_tables(tables)

    def issues(self, grouping: Grouping) -> pa.Table:
        """What the rules of the settlement list say: rows of ``quality_issue``."""
        if self._ledger is not None:
            return ledger_issues(self._ledger)
        tables = [issues_of(encode(piece)) for piece in self._file.pieces(grouping.grouper.pack.head.id)]
        return pa.concat_tables(tables) if tables else load_contracts()["quality_issue"].empty()

    def names(self) -> Mapping[str, str]:
        """Names of institutions, where they are known."""
        return institution_names(self._ledger) if self._ledger else {}


def _by_group(rows: pa.Table) -> pa.Table:
    keys = ["status", "group_code", "group_name", "weight_ppm"]
    return rows.group_by(keys).aggregate([("encounter_id", "count"), ("amount", "sum")])


def _together(sums: list[pa.Table]) -> pa.Table:
    if not sums:
        return pa.table({})
    keys = ["status", "group_code", "group_name", "weight_ppm"]
    whole = pa.concat_tables(sums).group_by(keys).aggregate([("encounter_id_count", "sum"), ("amount_sum", "sum")])
    return whole.rename_columns([*keys, "cases", "amount"]).sort_by(
        [("cases", "descending"), ("group_code", "ascending")]
    )
