"""`yibao snapshot`: how the ledger stood, what each batch brought, going back, and whether everything is there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.show import err, print_json, print_table, progress, say, visible
from yibao.cli.words import language, t
from yibao.presentation.fmt import Format

if TYPE_CHECKING:
    from yibao.ledger.history import Part, Step

app = typer.Typer(no_args_is_help=True)

Number = Annotated[
    int | None, typer.Argument(metavar="[N]", help=t("快照号，默认当前", "number of the snapshot; default: current"))
]


@app.command("list", help=t("列出快照及其变化", "List the snapshots, each with what is new against the one before"))
def list_snapshots(ledger_path: LedgerPath, as_json: AsJson = False) -> None:
    from yibao.ledger import open_ledger
    from yibao.ledger.history import steps

    ledger = open_ledger(ledger_path)
    found = list(steps(ledger.snapshots()))
    if as_json:
        print_json([_step_dict(step, ledger.currency) for step in found])
        return
    fmt = Format(language(), ledger.currency)
    print_table(
        [
            t("快照", "snapshot"), t("生成时间", "made at"), t("原因", "why"), t("行数", "rows"),
            t("金额", "money"), t("批次", "batches"), t("变化", "new"),
        ],
        [
            (
                step.snapshot.number, step.snapshot.made_at or "", step.snapshot.why, f"{step.rows:,}",
                fmt.money(step.money), len(step.snapshot.batches), _change(step),
            )
            for step in found
        ],
        right=[0, 3, 4, 5],
    )  # fmt: skip


@app.command(
    "show",
    help=t(
        "查看一个快照的批次：来源、行数、金额、业务时间跨度、迟到的行",
        "Show the batches of a snapshot: source, rows, money, the span of their events, and rows that came late",
    ),
)
def show(ledger_path: LedgerPath, number: Number = None, as_json: AsJson = False) -> None:
    from yibao.ledger import open_ledger
    from yibao.ledger.history import parts

    ledger = open_ledger(ledger_path, snapshot=number)
    brought = parts(ledger)
    if as_json:
        print_json(
            {
                "snapshot": ledger.snapshot_id,
                "currency": ledger.currency,
                "batches": [
                    {
                        "batch_id": batch.batch_id, "source": batch.source, "recorded_at": batch.recorded_at,
                        "corrections": batch.corrections, "files": [file.file for file in batch.files],
                        "tables": [_part_dict(part) for part in brought[batch.batch_id]],
                    }
                    for batch in ledger.batches()
                ],
            }
        )  # fmt: skip
        return
    fmt = Format(language(), ledger.currency)
    for batch in ledger.batches():
        kind = t("，更正", ", corrections") if batch.corrections else ""
        say(visible(f"{batch.batch_id}  {batch.recorded_at}  {batch.source}{kind}"))
        print_table(
            [
                t("表", "table"), t("接收", "accepted"), t("其中更正", "corrected"), t("隔离", "quarantined"),
                t("重复", "duplicates"), t("接收金额", "money accepted"), t("最早业务时间", "first event"),
                t("最晚业务时间", "last event"), t("迟到行", "late rows"),
            ],
            [_part_row(part, fmt) for part in brought[batch.batch_id]],
            right=[1, 2, 3, 4, 5, 8],
        )  # fmt: skip


@app.command(
    "rollback",
    help=t(
        "回到某个快照的内容：生成新快照，不删除任何文件，可再回退",
        "Go back to the content of a snapshot: makes a new one, deletes nothing, and can itself be taken back",
    ),
)
def roll_back(
    ledger_path: LedgerPath,
    to: Annotated[int, typer.Option("--to", metavar="N", help=t("回到哪个快照", "the snapshot to go back to"))],
    as_json: AsJson = False,
) -> None:
    from yibao.ledger import open_ledger
    from yibao.ledger.history import rollback

    ledger = open_ledger(ledger_path)
    before = {batch.batch_id for batch in ledger.batches()}
    made = rollback(ledger.path, to)
    now = {batch.batch_id for batch in made.batches}
    withdrawn, back = sorted(before - now), sorted(now - before)
    if as_json:
        print_json({"snapshot": made.number, "to": to, "withdrawn": withdrawn, "brought_back": back})
        return
    say(t(f"快照 {made.number}：内容同快照 {to}", f"snapshot {made.number} has the content of snapshot {to}"))
    if withdrawn:
        say(t(f"撤回批次：{', '.join(withdrawn)}", f"batches withdrawn: {', '.join(withdrawn)}"))
    if back:
        say(t(f"恢复批次：{', '.join(back)}", f"batches brought back: {', '.join(back)}"))


@app.command(
    "verify",
    help=t(
        "核验快照：文件齐全未改、行数与金额相符；有损坏时退出码为 1",
        "Check a snapshot: every file there and unchanged, rows and money as counted; exit 1 on damage",
    ),
)
def verify_snapshot(ledger_path: LedgerPath, number: Number = None, as_json: AsJson = False) -> None:
    from yibao.ledger import open_ledger
    from yibao.ledger.verify import verify

    with progress() as bar:
        found = verify(ledger_path, number, bar)
    currency = open_ledger(ledger_path).currency
    if as_json:
        print_json(
            {
                "snapshot": found.snapshot, "whole": found.whole, "files": found.files, "currency": currency,
                "tables": {
                    name: {"rows": rows, "money": money, "content_hash": digest}
                    for name, (rows, money, digest) in found.tables.items()
                },
                "damages": [asdict(damage) for damage in found.damages],
            }
        )  # fmt: skip
    else:
        fmt = Format(language(), currency)
        print_table(
            [t("表", "table"), t("行数", "rows"), t("金额", "money"), t("内容哈希", "content hash")],
            [(n, f"{rows:,}", fmt.money(money), digest or "") for n, (rows, money, digest) in found.tables.items()],
            right=[1, 2],
        )
        for damage in found.damages:
            err.print(visible(f"{t('损坏', 'damaged')}: {damage.where}: {t(damage.zh, damage.what)}"), markup=False)
        if found.damages:
            err.print(t("请从备份恢复", "restore these from a backup"), markup=False)
        if found.whole:
            say(
                t(
                    f"快照 {found.snapshot} 完好：{found.files:,} 个文件",
                    f"snapshot {found.snapshot} is whole: {found.files:,} files",
                )
            )
    if not found.whole:
        raise typer.Exit(1)


def _change(step: Step) -> str:
    return " ".join([*(f"+{batch}" for batch in step.added), *(f"-{batch}" for batch in step.withdrawn)])


def _step_dict(step: Step, currency: str) -> dict[str, Any]:
    snapshot = step.snapshot
    return {
        "snapshot": snapshot.number, "made_at": snapshot.made_at, "why": snapshot.why, "rows": step.rows,
        "money": {currency: step.money}, "batches": [batch.batch_id for batch in snapshot.batches],
        "added": list(step.added), "withdrawn": list(step.withdrawn),
    }  # fmt: skip


def _part_dict(part: Part) -> dict[str, Any]:
    return {
        "table": part.table, **asdict(part.tally), "event_column": part.clock, "first_event": part.first,
        "last_event": part.last, "late_rows": part.late,
    }  # fmt: skip


def _part_row(part: Part, fmt: Format) -> tuple[str, ...]:
    tally = part.tally
    counts = (tally.accepted, tally.corrected, tally.quarantined, tally.duplicates)
    span = ["" if moment is None else str(moment) for moment in (part.first, part.last)]
    return (part.table, *(f"{n:,}" for n in counts), fmt.money(tally.money_accepted), *span, f"{part.late:,}")
