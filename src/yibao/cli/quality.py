"""`yibao quality`: what is wrong with the data, by law, institution and month, and what goes back to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli.lacking import lacking
from yibao.cli.options import AsJson, AsOf, AtSnapshot, LedgerPath, OwnLaws
from yibao.cli.quality_show import print_quality
from yibao.cli.show import err, print_json, progress, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.lawbook import Lawbook
from yibao.ledger import Ledger, open_ledger
from yibao.presentation.quality import (
    FeedbackFile,
    QualityFigures,
    read_quality,
    write_feedback,
    write_quality_files,
)
from yibao.runs.laws import load_lawbook
from yibao.runs.run import RunResult
from yibao.runs.run import run as run_rooms


def quality(
    ledger_path: LedgerPath,
    own: OwnLaws = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    feedback: Annotated[
        Path | None,
        typer.Option(
            "--feedback",
            metavar="DIR",
            help=t(
                "写出反馈文件：每家机构一个 XLSX 和一个 CSV，只含其自己的数据，用其字段名",
                "write a workbook and a CSV for each institution: what to mend, in its field names, nobody else's data",
            ),
        ),
    ] = None,
    institutions: Annotated[
        list[str] | None,
        typer.Option(
            "--institution",
            metavar="ID",
            help=t("只写这家机构的反馈文件，可重复", "feedback for this institution only; repeatable"),
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help=t("有“错误”时退出码为 3，供流水线用", "exit 3 when there are errors, for pipelines")
        ),
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="LEVEL",
            help=t(
                "warning：有“提示”时也以 3 退出；error：同 --strict",
                "warning: exit 3 on warnings too; error: as --strict",
            ),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the ledger's data and report by law, institution and month, with the money concerned."""
    if fail_on not in (None, "error", "warning"):
        raise UsageError(
            f"--fail-on {fail_on!r} is no level",
            mend="use error or warning",
            zh=f"--fail-on 没有 {fail_on!r} 这一级",
            mend_zh="请用 error 或 warning",
        )
    if institutions and feedback is None:
        raise UsageError("--institution goes with --feedback", zh="--institution 须与 --feedback 同用")
    ledger, lawbook = open_ledger(ledger_path, snapshot), load_lawbook(own or [])
    with progress() as bar:
        result = run_rooms(ledger, lawbook, only=["quality"], as_of=as_of, progress=bar)
    figures = read_quality(result.folder, ledger.tables(), lawbook.laws)
    names = institution_names(ledger)
    named = lambda key: names.get(key or "", key or "")  # noqa: E731 (a name for an id, where there is one)
    files = write_quality_files(
        result.folder, figures, lawbook.laws, ledger.tables(), named, ledger.currency, language()
    )
    sent = [] if feedback is None else _feedback(ledger, result, lawbook, feedback, names, institutions or [])
    failed = [(key, entry.message) for key, entry in result.manifest.laws.items() if entry.status == "failed"]
    if as_json:
        print_json(_as_dict(result, figures, files, sent, failed, lawbook))
    else:
        print_quality(figures, lawbook, names, ledger.currency, lacking(result, ledger, lawbook, as_of))
        if len(ledger.batches()) < 2:
            against = ", ".join(law.id for law in lawbook.of("quality") if "batch_profile" in law.text.reads)
            say(
                t(
                    f"账本只有一批数据，{against} 没有可比的以往批次",
                    f"the ledger has one batch only: {against} have nothing to compare it with",
                )
            )
        _print_places(result, lawbook, failed, files, sent, feedback)
    if failed or lawbook.problems:
        raise typer.Exit(1)
    if (strict or fail_on) and (figures.errors or (fail_on == "warning" and figures.issues)):
        raise typer.Exit(3)


def _print_places(
    result: RunResult,
    lawbook: Lawbook,
    failed: Sequence[tuple[str, str]],
    files: Sequence[Path],
    sent: Sequence[FeedbackFile],
    feedback: Path | None,
) -> None:
    for key, message in failed:
        err.print(f"{t('未能运行', 'failed')} {key}: {message}", markup=False)
    for problem in lawbook.problems:
        err.print(f"{t('法规有误', 'law not usable')}: {problem.said(language())}", markup=False)
    if result.unchanged:
        run_id = result.manifest.run_id
        say(t(f"输入和规则都没有变，沿用 {run_id}", f"nothing changed since {run_id}"))
    for path in files:
        say(f"{t('明细', 'figures')}: {path}")
    if feedback is not None:
        rows = sum(file.rows for file in sent)
        say(
            t(
                f"反馈: {feedback}（{len(sent)} 家，{rows:,} 条）" if sent else "没有需要反馈的内容",
                f"feedback: {feedback} ({len(sent)} files, {rows:,} rows)" if sent else "nothing to send back",
            )
        )


def _feedback(
    ledger: Ledger, result: RunResult, lawbook: Lawbook, folder: Path, names: Mapping[str, str], only: Sequence[str]
) -> list[FeedbackFile]:
    unknown = [key for key in only if key not in names]
    if unknown and names:
        raise UsageError(
            f"there is no institution {unknown[0]!r}",
            mend="give its id as in the ledger",
            zh=f"没有机构 {unknown[0]!r}",
            mend_zh="请用账本中的机构编号",
        )
    return write_feedback(ledger, result.folder, lawbook.laws, folder, names, only)


def institution_names(ledger: Ledger) -> dict[str, str]:
    """Institutions' names by id, in the reader's language where there is one."""
    from yibao.engine import DuckEngine

    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only={"institution": ("institution_id", "name", "name_en")})
        rows = engine.execute("select institution_id, name, name_en from institution").to_pylist()
    other = "name_en" if language() == "en" else "name"
    return {row["institution_id"]: row[other] or row["name"] or row["institution_id"] for row in rows}


def _as_dict(
    result: RunResult,
    figures: QualityFigures,
    files: Sequence[Path],
    sent: Sequence[FeedbackFile],
    failed: Sequence[tuple[str, str]],
    lawbook: Lawbook,
) -> dict[str, Any]:
    manifest = result.manifest
    return {
        "run_id": manifest.run_id,
        "folder": result.folder,
        "unchanged": result.unchanged,
        "seconds": manifest.seconds,
        "issues": figures.issues,
        "errors": figures.errors,
        "warnings": figures.warnings,
        "rows_concerned": figures.rows_concerned,
        "amount_by_law": figures.amount_by_law,
        "amount_once": figures.amount_once,
        "by_law": figures.by_law,
        "by_institution_month": figures.by_institution_month,
        "detail": figures.detail,
        "coverage": figures.coverage,
        "laws": {key: vars(entry) for key, entry in manifest.laws.items()},
        "tables": {key: vars(entry) for key, entry in manifest.tables.items()},
        "failed": dict(failed),
        "problems": [str(problem) for problem in lawbook.problems],
        "files": list(files),
        "feedback": [vars(file) for file in sent],
    }
