"""`yibao catalogue import knowledge-points`: published points into a ledger, and what could be read of their texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import t
from yibao.supervision.points import PointsReport, import_points

KIND = "knowledge-points"
#: So many refused points and unread texts are shown.
FIRST = 5


def take_in_points(
    file: Path, into: Path, told: Mapping[str, str | None], sheet: str | None, signed: Path | None,
    currency: str | None, *, strict: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import a file of published points and print the shares by class. With ``strict`` refused points end with 3."""
    with progress() as bar:
        report = import_points(
            file, into, given={name: value for name, value in told.items() if value}, sheet=sheet, signed=signed,
            currency=currency, progress=bar,
        )  # fmt: skip
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report)
    if strict and report.refused:
        raise typer.Exit(3)


def _print(report: PointsReport) -> None:
    head = [
        t("官方规则", "official class"), t("知识点", "points"), t("已编译", "compiled"), t("待确认", "needs sign-off"),
        t("不能编译", "cannot be compiled"), t("编译率", "share compiled"),
    ]  # fmt: skip
    rows = []
    for name, found in sorted(report.shares.items()):
        total = sum(found.values())
        share = f"{found['compiled'] * 1000 // total / 10:.1f}%"
        figures = [total, found["compiled"], found["needs_sign_off"], found["not_compilable"]]
        rows.append([name, *(f"{figure:,}" for figure in figures), share])
    print_table(head, rows, right=[1, 2, 3, 4, 5])
    if report.ended:
        say(t(f"{len(report.ended):,} 个旧知识点由新批次接替，已在新批次生效日结束",
              f"{len(report.ended):,} earlier points were superseded and end where the new batch begins"))  # fmt: skip
    if report.signed:
        say(t(f"{report.signed:,} 个知识点按确认文件生效", f"{report.signed:,} points were signed off"))
    for one in report.refused[:FIRST]:
        say(t(f"未接收 {one.point.kp_id}（第 {one.point.line} 行，{one.point.item_name}）：{one.zh}",
              f"not taken in {one.point.kp_id} (line {one.point.line}, {one.point.item_name}): {one.en}"))  # fmt: skip
    if len(report.refused) > FIRST:
        say(
            t(
                f"共 {len(report.refused):,} 个未接收；--json 列出全部",
                f"{len(report.refused):,} in all; --json lists them",
            )
        )
    if report.unknown_codes:
        listed = ", ".join(report.examples)
        number = f"{report.unknown_codes:,}"
        say(t(f"{number} 个编码不在账本的目录中（知识点仍已接收）：{listed} …",
              f"{number} codes are not in the ledger's catalogue (their points stand): {listed} …"))  # fmt: skip
    if report.left_over:
        say(t("未能读懂的文字，例如：", "wording that was not understood, for instance:"))
        for kp_id, item, text in report.left_over[:FIRST]:
            say(f"  {kp_id}  {item}: {text[:60]}")
