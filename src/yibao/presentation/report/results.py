"""The figures of one run, read set-wise from its result files.

Findings that an exemption covers are counted apart and in no total. Money is in minor units throughout.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yibao.engine import DuckEngine, Tables
from yibao.errors import YibaoError

RESULT_TABLES = ("finding", "finding_ref", "quality_issue", "indicator_value")

Row = dict[str, Any]


class ReportError(YibaoError):
    """A run directory cannot be reported on."""


class Results:
    """Queries over the result tables of one run directory; close it after use."""

    def __init__(self, run_dir: Path, tables: Tables) -> None:
        """`tables` are the contracts: a result file that is absent counts as an empty table of its contract.

        Raises :class:`ReportError` when the directory has no manifest.
        """
        path = run_dir / "manifest.json"
        if not path.exists():
            raise ReportError("not a finished run: there is no manifest.json", where=str(run_dir), mend="run it again")
        self.manifest: Row = json.loads(path.read_text(encoding="utf-8"))
        self.engine = DuckEngine()
        for name in RESULT_TABLES:
            file = run_dir / f"{name}.parquet"
            self.engine.register(name, [file] if file.exists() else tables[name].empty())
        self.engine.run("create view counted as select * from finding where exempted_by is null")

    def close(self) -> None:
        self.engine.close()

    def rows(self, sql: str, **params: Any) -> list[Row]:
        out: list[Row] = self.engine.execute(sql, params).to_pylist()
        return out

    def totals(self) -> Row:
        """One row: findings, persons, institutions, laws, amount, fund_amount and the same for exempted findings.

        `once_fund` counts each ledger row once although several laws may point at it.
        """
        row = self.rows(f"select {_SUMS}, count(distinct law_id) as laws from counted")[0]
        row["exempted"] = self.rows("select count(*) as n from finding where exempted_by is not null")[0]["n"]
        row["once_fund"] = self.rows(
            "select cast(coalesce(sum(fund), 0) as bigint) as n from (select max(r.fund_amount) as fund"
            " from finding_ref r join counted f on f.finding_id = r.finding_id where r.fund_amount > 0"
            " group by r.ref_table, r.ref_id)"
        )[0]["n"]
        return row

    def by_law(self) -> list[Row]:
        """Per law: the sums and its result type, most fund money first."""
        return self.rows(
            f"select law_id, max(result) as result, {_SUMS} from counted group by law_id"
            " order by fund_amount desc, findings desc, law_id"
        )

    def by_institution(self) -> list[Row]:
        """Per institution: the sums and how many laws found something, in the order of their ids."""
        return self.rows(
            f"select institution_id, count(distinct law_id) as laws, {_SUMS} from counted"
            " where institution_id is not null group by institution_id order by institution_id"
        )

    def by_month(self) -> list[Row]:
        return self.rows(
            f"select cast(date_trunc('month', occurred_at) as date) as month, {_SUMS} from counted"
            " where occurred_at is not null group by 1 order by 1"
        )

    def by_law_and_month(self) -> list[Row]:
        return self.rows(
            "select law_id, cast(date_trunc('month', occurred_at) as date) as month, count(*) as findings from counted"
            " where occurred_at is not null group by 1, 2 order by 1, 2"
        )

    def top(self, per_law: int) -> list[Row]:
        """The findings of each law with most money at stake, `per_law` of each at most."""
        return self.rows(
            "select * from counted qualify row_number() over (partition by law_id"
            " order by fund_amount desc, amount desc, finding_id) <= $n"
            " order by law_id, fund_amount desc, amount desc, finding_id",
            n=per_law,
        )

    def examples(self, per_law: int) -> list[Row]:
        """The findings to open: of each law that with most money, then the largest that rest on other signals."""
        return self.rows(
            "with kind as (select finding_id, string_agg(distinct signal, ',' order by signal) as signals_seen"
            " from finding_ref group by finding_id),"
            " ranked as (select f.*, row_number() over (partition by f.law_id, kind.signals_seen order by f.fund_amount"
            " desc, f.amount desc, f.finding_id) as place"
            " from counted f left join kind on kind.finding_id = f.finding_id)"
            " select * exclude (place) from ranked qualify row_number() over (partition by law_id"
            " order by place, fund_amount desc, amount desc, finding_id) <= $n"
            " order by law_id, fund_amount desc, amount desc, finding_id",
            n=per_law,
        )

    def refs(self, finding_ids: Sequence[str]) -> dict[str, list[Row]]:
        """The evidence rows of these findings, in their order."""
        found: dict[str, list[Row]] = {finding: [] for finding in finding_ids}
        if found:
            sql = (
                "select * from finding_ref where finding_id in (select unnest($ids))"
                " order by finding_id, sequence, ref_table, ref_id"
            )
            for row in self.rows(sql, ids=list(found)):
                found[row["finding_id"]].append(row)
        return found

    def quality(self) -> list[Row]:
        """Per quality law: issues, the rows that they stand for, a table and institutions touched, absolute money."""
        return self.rows(
            "select law_id, max(severity) as severity, count(*) as issues,"
            " cast(sum(coalesce(row_count, 1)) as bigint) as touched, min(table_name) as table_name,"
            " count(distinct institution_id) as institutions, cast(coalesce(sum(abs(amount)), 0) as bigint) as amount"
            " from quality_issue group by law_id order by severity, amount desc, issues desc, law_id"
        )

    def quality_examples(self, per_law: int) -> list[Row]:
        return self.rows(
            "select * from quality_issue qualify row_number() over (partition by law_id"
            " order by abs(coalesce(amount, 0)) desc, table_name, ref_id, column_name) <= $n"
            " order by law_id, table_name, ref_id, column_name",
            n=per_law,
        )

    def indicators(self) -> list[Row]:
        return self.rows("select * from indicator_value order by law_id, period_from, subject_kind, subject_id")


_SUMS = (
    "count(*) as findings, count(distinct person_id) as persons, count(distinct institution_id) as institutions,"
    " cast(coalesce(sum(amount), 0) as bigint) as amount,"
    " cast(coalesce(sum(fund_amount), 0) as bigint) as fund_amount"
)
