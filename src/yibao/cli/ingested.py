"""What an ingest did, printed: rows and money of every table, and why rows were not accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from yibao.cli.show import print_table, say
from yibao.cli.words import language, t
from yibao.presentation.fmt import Format

if TYPE_CHECKING:
    from yibao.ledger.receipts import Tally
    from yibao.ledger.report import IngestReport


def print_report(report: IngestReport) -> None:
    """Messages, then rows in = accepted + quarantined + duplicates, then the same in money where there is any."""
    for message in t(report.messages_zh, report.messages):
        say(message)
    fates = [t("读入", "in"), t("接收", "accepted"), t("隔离", "quarantined"), t("重复", "duplicates")]
    print_table(
        [t("表", "table"), t("行数 ", "rows ") + fates[0], *fates[1:]],
        [
            (name, f"{c.rows_in:,}", f"{c.accepted:,}", f"{c.quarantined:,}", f"{c.duplicates:,}")
            for name, c in report.tables.items()
        ],
        right=[1, 2, 3, 4],
    )
    _print_money(report.tables, report.currency, fates)
    if report.reasons:
        print_table(
            [t("隔离原因", "quarantined for"), t("行数", "rows")],
            [(code, f"{n:,}") for code, n in sorted(report.reasons.items(), key=lambda item: -item[1])],
            right=[1],
        )


def _print_money(tables: Mapping[str, Tally], currency: str, fates: list[str]) -> None:
    fmt = Format(language(), currency)
    rows = [(name, *map(fmt.money, _money(tally))) for name, tally in tables.items() if any(_money(tally))]
    if rows:
        print_table([t("表", "table"), f"{currency} {fates[0]}", *fates[1:]], rows, right=[1, 2, 3, 4])


def _money(tally: Tally) -> tuple[int, int, int, int]:
    return tally.money_in, tally.money_accepted, tally.money_quarantined, tally.money_duplicates
