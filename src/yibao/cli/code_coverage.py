"""`yibao catalogue map coverage`: what is national, mapped, suggested, unknown, by codes, rows and money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from yibao.cli.code_options import Edition, Kind
from yibao.cli.options import AsJson, LedgerPath, Strict
from yibao.cli.show import out, print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.ledger import open_ledger
from yibao.ledger.codes.coverage import STATES, Coverage, Group, Share
from yibao.presentation.fmt import Format


def coverage(
    ledger_path: LedgerPath,
    kind: Kind = "item",
    edition: Edition = None,
    top: Annotated[int, typer.Option("--top", min=0, help=t("列出多少个未对照编码", "open codes to list"))] = 20,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    from yibao.ledger.codes.coverage import coverage as compute

    ledger = open_ledger(ledger_path)
    with progress() as bar:
        bar("read", 0, 1)
        found = compute(ledger, kind, edition, top)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_coverage(found, Format(language(), ledger.currency))
    if strict and found.open_codes:
        raise typer.Exit(3)


def _print_coverage(found: Coverage, fmt: Format) -> None:
    if not found.total:
        say(t("账本中没有这类编码", "the ledger has no codes of this kind"))
        return
    codes, rows, money = (sum(getattr(s, name) for s in found.total) for name in ("codes", "rows", "money"))
    head = [t("状态", "state"), t("编码数", "codes"), "%", t("行数", "rows"), "%"]
    head += [t(f"金额（{fmt.money_unit}）", f"money ({fmt.money_unit})"), "%"]
    say(f"{found.kind} → {found.edition}")
    print_table(
        head,
        [
            [
                t(*STATES[s.state]), fmt.count(s.codes), fmt.percent(s.codes, codes), fmt.count(s.rows),
                fmt.percent(s.rows, rows), fmt.amount(s.money), fmt.percent(s.money, money),
            ]
            for s in found.total
        ],
        right=range(1, 7),
    )  # fmt: skip
    _print_groups(t("机构", "institution"), found.institutions, fmt)
    _print_groups(t("月份", "month"), found.months, fmt)
    _print_open(found, fmt)
    _print_doubtful(found, fmt)


def _print_open(found: Coverage, fmt: Format) -> None:
    if found.open:
        out.print()
        say(
            t(
                f"待对照的编码共 {found.open_codes:,} 个，按金额：",
                f"{found.open_codes:,} codes are open; those with most money:",
            )
        )
        head = [t("机构", "institution"), t("本地编码", "local code"), t("名称", "name"), t("行数", "rows")]
        head += [t("金额", "money"), t("状态", "state"), t("首选候选", "best candidate")]
        print_table(
            head,
            [
                [
                    o.institution_id or "", o.code, o.name or "", fmt.count(o.rows), fmt.amount(o.money),
                    t(*STATES[o.state]), f"{o.suggested} {o.suggested_name or ''}" if o.suggested else "—",
                ]
                for o in found.open
            ],
            right=[3, 4],
        )  # fmt: skip


def _print_doubtful(found: Coverage, fmt: Format) -> None:
    if not found.doubtful:
        return
    out.print()
    say(
        t(
            "编码在目录中、名称却像另一回事（可能用了另一版本）：",
            "codes of the list used under names of something else (perhaps of another edition):",
        )
    )
    head = [t("编码", "code"), t("使用的名称", "name in use"), t("目录中的名称", "name in the list"), t("行数", "rows")]
    print_table(head, [[d.code, d.used_name, d.listed_name, fmt.count(d.rows)] for d in found.doubtful], right=[3])


def _print_groups(title: str, groups: Sequence[Group], fmt: Format) -> None:
    """Shares of rows and of money, one line per group; worst covered money first among institutions."""
    if not groups:
        return
    out.print()
    head = [title, t("编码数", "codes"), t("行数", "rows"), t(f"金额（{fmt.money_unit}）", f"money ({fmt.money_unit})")]
    head += [t("金额覆盖", "money covered"), t("行数覆盖", "rows covered")]
    lines = []
    for group in groups:
        rows, money = sum(s.rows for s in group.shares), sum(s.money for s in group.shares)
        done = [s for s in group.shares if s.state in ("national", "mapped")]
        lines.append(
            [
                f"{group.id} {group.name}".strip() or "—", fmt.count(sum(s.codes for s in group.shares)),
                fmt.count(rows), fmt.amount(money), fmt.percent(_sum(done, "money"), money),
                fmt.percent(_sum(done, "rows"), rows),
            ]
        )  # fmt: skip
    print_table(head, lines, right=range(1, 6))


def _sum(shares: Sequence[Share], name: str) -> int:
    return sum(getattr(share, name) for share in shares)
