"""Manifests and receipts of packages, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.cli.show import print_table, say
from yibao.cli.words import language, t
from yibao.presentation.fmt import Format
from yibao.sharing.manifest import Manifest
from yibao.sharing.verify import Head


def print_manifest(manifest: Manifest, persons: int | None = None) -> None:
    """Who sends what to whom, and the tables with what stayed behind."""
    fmt = Format(language(), manifest.currency)
    kind = {"submission": t("上报", "submission"), "return": t("回流", "return")}[manifest.kind]
    say(f"{manifest.package}  {kind} · {manifest.purpose} · {manifest.level}")
    say(
        f"{manifest.sender.name} {manifest.sender.region} → {manifest.receiver.name} {manifest.receiver.region}, "
        f"{manifest.created_at}, yibao {manifest.yibao}"
    )
    if manifest.previous:
        say(t(f"前一个：{manifest.previous}", f"follows {manifest.previous}"))
    if manifest.corrections:
        say(t("含更正：接收时可用 --corrections", "holds corrections: receive them with --corrections"))
    if persons is not None:
        say(t(f"涉及 {persons:,} 人", f"{persons:,} persons"))
    names = sorted({*manifest.tables, *manifest.left})
    rows = []
    for name in names:
        table, left = manifest.tables.get(name), manifest.left.get(name)
        rows.append(
            (
                name,
                f"{table.rows:,}" if table else "0",
                fmt.amount(table.money) if table and table.money is not None else "",
                f"{left.rows:,}" if left else "",
                fmt.amount(left.money) if left and left.money is not None else "",
            )
        )
    unit = fmt.money_unit
    print_table(
        [
            t("表", "table"),
            t("行数", "rows"),
            t(f"金额（{unit}）", f"money ({unit})"),
            t("由他区上报", "left to its owner"),
            t("金额", "money"),
        ],
        rows,
        right=[1, 2, 3, 4],
    )


def print_receipt(receipt: Mapping[str, Any]) -> None:
    """What became of the rows of a package, by table, and why some were set aside."""
    say(f"{receipt['package']}  {receipt['recorded_at'] or ''}")
    names = ("rows_in", "accepted", "quarantined", "duplicates")
    head = [
        t("表", "table"),
        t("读入", "rows in"),
        t("接收", "accepted"),
        t("隔离", "quarantined"),
        t("重复", "duplicates"),
    ]
    print_table(
        head, [(n, *(f"{c[key]:,}" for key in names)) for n, c in receipt["tables"].items()], right=[1, 2, 3, 4]
    )
    if receipt["reasons"]:
        print_table([t("隔离原因", "quarantined for"), t("行数", "rows")], list(receipt["reasons"].items()), right=[1])


def signer_words(head: Head) -> str:
    """Who signed a package that was checked."""
    if head.trusted is not None:
        return t(
            f"完好；签名者 {head.trusted.name}（{head.trusted.region}），已受信任",
            f"sound; signed by {head.trusted.name} ({head.trusted.region}), who is trusted",
        )
    return t(
        f"完好；签名密钥 {head.fingerprint}，请与发送方核对",
        f"sound; signed with {head.fingerprint}: compare it with the sender",
    )
