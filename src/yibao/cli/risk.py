"""`yibao risk`: the models' leads; `yibao portrait`: one subject beside its peers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.options import AsJson, AsOf, AtSnapshot, LedgerPath
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.ledger import open_ledger
from yibao.supervision.models.risk import MODELS, SUBJECTS
from yibao.supervision.models.score import FUSED


def risk(
    ledger_path: LedgerPath,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help=t("只列这类对象：", "list these only: ") + ", ".join(SUBJECTS)),
    ] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help=t("每类列几个", "how many of each"))] = 10,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    as_json: AsJson = False,
) -> None:
    """Rank institutions, staff, persons and groups by the models, with reasons. Leads only."""
    from yibao.runs.risk import (  # pages bring the chart renderer, which starts slowly
        institution_names,
        risk_run,
        shown_name,
    )

    if kind is not None and kind not in SUBJECTS:
        raise UsageError(
            f"there is no kind {kind!r}", mend=f"known: {', '.join(SUBJECTS)}",
            zh=f"没有 {kind!r} 这类对象", mend_zh=f"可用：{'、'.join(SUBJECTS)}",
        )  # fmt: skip
    ledger = open_ledger(ledger_path, snapshot)
    with progress() as bar:
        done = risk_run(ledger, as_of=as_of, progress=bar)
    rows = [r for r in done.risk.tables["risk_score"].to_pylist() if kind in (None, r["subject_kind"])]
    first = [r for r in rows if r["rank"] <= top]
    if as_json:
        tables = {name: vars(entry) for name, entry in done.manifest.tables.items()}
        print_json({"folder": done.folder, "tables": tables, "seconds": done.manifest.seconds, "first": first})
        return
    names, lang = institution_names(ledger), language()
    fused = {r["subject_kind"] for r in rows if r["model_id"] == FUSED}
    print_table(
        t(["类别", "名次", "对象", "模型", "评分", "理由"], ["kind", "rank", "subject", "model", "score", "reasons"]),
        [
            (
                SUBJECTS[r["subject_kind"]][0 if lang == "zh" else 1], r["rank"],
                shown_name(r["subject_kind"], r["subject_id"], names, lang), t(*MODELS[r["model_id"]]),
                f"{r['score_ppm'] / 10_000:.1f}%", r[f"reasons_{lang}"],
            )
            for r in sorted(first, key=lambda r: (list(SUBJECTS).index(r["subject_kind"]), r["rank"]))
            if r["model_id"] == FUSED or r["subject_kind"] not in fused
        ],
        right=(1, 4),
    )  # fmt: skip
    say(t("只作线索，须人工核查。", "Leads only: people must look before anything is decided."))
    say(f"{t('结果', 'results')}: {done.folder}  ({done.manifest.seconds:.1f} s)")
    for page in done.pages:
        say(f"{t('页面', 'page')}: {page}")


def portrait(
    ledger_path: LedgerPath,
    institution: Annotated[
        str | None, typer.Option("--institution", metavar="ID", help=t("机构编号", "an institution"))
    ] = None,
    staff: Annotated[str | None, typer.Option("--staff", metavar="ID", help=t("医师编码", "a doctor"))] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID", help=t("人员编号", "a person"))] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=t("页面写到此目录", "where the pages go"))] = Path(
        "portrait"
    ),
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show what is unusual about one institution, doctor or person against the peers, in words and one chart."""
    from yibao.runs.portrait import portrait_run  # pages bring the chart renderer, which starts slowly

    named = {"institution": institution, "staff": staff, "person": person}
    chosen = {kind: unit for kind, unit in named.items() if unit is not None}
    if len(chosen) != 1:
        raise UsageError(
            "name one of --institution, --staff, --person", zh="请用 --institution、--staff、--person 之一指明对象"
        )
    ((kind, unit),) = chosen.items()
    done = portrait_run(open_ledger(ledger_path), kind, unit, out, as_of=as_of)
    if as_json:
        print_json({**done.plain, "files": done.pages})
        return
    for line in done.says[language()]:
        say(line.replace("*", ""))
    for page in done.pages:
        say(f"{t('页面', 'page')}: {page}")
