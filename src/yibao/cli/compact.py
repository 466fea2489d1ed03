"""`yibao compact`: the files of many batches become one per bucket; old snapshots may be dropped."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import t
from yibao.errors import UsageError


def compact(
    ledger_path: LedgerPath,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            metavar="N",
            min=1,
            help=t(
                "此后只保留最近 N 个快照，删除不再使用的文件；不能再回到更早的快照",
                "afterwards keep the last N snapshots only and delete what no other names; no way back to older ones",
            ),
        ),
    ] = None,
    expire_before: Annotated[
        datetime | None,
        typer.Option(
            "--expire-before",
            metavar="T",
            formats=["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
            help=t(
                "同上，删除此时刻之前生成的快照（当前快照除外）",
                "the same for snapshots made before this time, except the current one",
            ),
        ),
    ] = None,
    memory: Annotated[
        float,
        typer.Option("--memory", metavar="GB", min=0.5, help=t("最多使用的内存", "how much memory it may take")),
    ] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Merge what can be merged; facts, money and times stay what they are."""
    from yibao.ledger.compact import compact as merge

    if keep is not None and expire_before is not None:
        raise UsageError(
            "--keep and --expire-before exclude each other",
            mend="give one of them",
            zh="--keep 与 --expire-before 不能同时使用",
            mend_zh="请只用其中一个",
        )
    with progress() as bar:
        done = merge(ledger_path, bar, int(memory * (1 << 30)), keep, expire_before)
    if as_json:
        print_json(asdict(done))
        return
    if done.indexes:
        names = ", ".join(done.indexes)
        say(t(f"补建索引：{names}；当前快照 {done.snapshot}", f"built the indexes {names}; snapshot {done.snapshot}"))
    if not done.merged:
        say(t("没有可合并的文件", "nothing to merge"))
    else:
        print_table(
            ["", t("之前", "before"), t("之后", "after")],
            [
                (t("文件", "files"), f"{done.files_before:,}", f"{done.files_after:,}"),
                ("MB", f"{done.bytes_before / 1e6:,.1f}", f"{done.bytes_after / 1e6:,.1f}"),
            ],
            right=[1, 2],
        )
        say(
            t(
                f"合并了 {done.merged:,} 个文件、{done.rows:,} 行，内容核对一致；当前快照 {done.snapshot}",
                f"merged {done.merged:,} files, {done.rows:,} rows, compared and equal; snapshot {done.snapshot}",
            )
        )
    if keep is not None or expire_before is not None:
        gone = done.expired
        say(
            t(
                f"删除快照 {len(gone.snapshots)} 个、文件 {gone.files:,} 个，释放 {gone.bytes / 1e6:,.1f} MB",
                f"dropped {len(gone.snapshots)} snapshots and {gone.files:,} files: {gone.bytes / 1e6:,.1f} MB freed",
            )
        )
