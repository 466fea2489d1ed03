"""`yibao law coverage`: the 88 official classes and what serves them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from yibao.cli.show import print_table, progress, say
from yibao.cli.words import t
from yibao.lawbook import Lawbook
from yibao.ledger import open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.supervision.coverage import ClassCoverage, coverage

_STATUS = {
    "covered": ("已覆盖", "covered"),
    "no_law": ("没有法规", "no law"),
    "failing": ("用例未通过", "a case fails"),
    "no_positive": ("缺正例", "no positive"),
    "no_lookalike": ("缺相似例", "no look-alike"),
}
_EVALUABLE = {"yes": ("可", "yes"), "partly": ("部分", "partly"), "no": ("不可", "no")}


def cover(lawbook: Lawbook, ledger: Path | None) -> list[ClassCoverage]:
    """All classes, proved with a progress bar."""
    opened = open_ledger(ledger) if ledger else None
    with progress() as bar:
        return coverage(lawbook, load_contracts(), opened, bar)


def print_coverage(rows: Sequence[ClassCoverage], *, with_ledger: bool) -> None:
    """The classes as a table, then how many are covered."""
    head = [
        "#", t("规则编码", "code"), t("名称", "name"), t("法规", "laws"), t("正/似/边", "pos/look/edge"),
        t("状态", "status"),
        *([t("可评价", "evaluable"), t("缺少", "lacking")] if with_ledger else [t("所需表", "tables")]),
    ]  # fmt: skip
    body = []
    for row in rows:
        cases = f"{row.positives}/{row.lookalikes}/{row.edges}"
        last = (
            [t(*_EVALUABLE[row.evaluable or "no"]), _lacking(row)] if with_ledger else [", ".join(sorted(row.tables))]
        )
        body.append(
            [str(row.official.number), row.official.code or "—", row.official.name, " ".join(row.laws), cases,
             t(*_STATUS[row.status]), *last]
        )  # fmt: skip
    print_table(head, body, right=[0])
    counted = Counter(row.status for row in rows)
    say(t(f"88 类中 {counted['covered']} 类已覆盖（正例与相似例均通过）",
          f"{counted['covered']} of {len(rows)} classes covered (a positive and a look-alike pass)"))  # fmt: skip


def _lacking(row: ClassCoverage) -> str:
    missing = [*row.lacking, *(t(f"列 {one}（须重新导入）", f"column {one} (ingest again)") for one in row.absent)]
    if row.points == 0:
        missing.insert(0, t("该类知识点", "knowledge points of the class"))
    return ", ".join(missing)
