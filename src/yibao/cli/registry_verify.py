"""`yibao registry verify` and `anchor`: that nothing was changed, and a signed note of where the trail stood."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from yibao.cli.keys import load_key
from yibao.cli.options import AsJson
from yibao.cli.registry_session import HERE, RegistryPlace, show
from yibao.cli.registry_words import label
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import t
from yibao.registry import Registry
from yibao.registry.accounts import check_accounts
from yibao.registry.unit import Unit, reading
from yibao.runs.anchors import Anchor, make_anchor, noted, read_anchor, write_anchor
from yibao.sharing.keys import read_public

app = typer.Typer()


@app.command(
    "verify",
    help=t(
        "校验留痕链与全部数据行：任何改动、删除、换序都会被发现",
        "Verify chains and rows: any change, deletion or move is found",
    ),
)
def verify_command(
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help=t("与锚定文件比对，可重复：连整条重写的链也会被发现", "hold it against an anchor; repeatable"),
        ),
    ] = None,
    signer: Annotated[
        Path | None,
        typer.Option(
            "--signer",
            metavar="KEY.pub",
            envvar="YIBAO_ANCHOR_SIGNER",
            help=t("只接受此公钥签名的锚定文件", "take only anchors that this public key signed"),
        ),
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    from yibao.service.retention import verify_all

    public = None if signer is None else read_public(signer)
    anchors = [read_anchor(file, public) for file in files or []]
    with Registry.open(place) as registry, progress() as bar:
        checked = verify_all(registry, noted=noted(registry, anchors), progress=bar)
        wrong = _accounts(registry)
    problems = [*checked.problems, *(("account", "", what) for what in wrong)]
    figures = {"events": checked.events, "rows": checked.rows, "problems": checked.count + len(wrong)}
    if as_json:
        compared = [{**anchor.facts(), "signer_compared": public is not None} for anchor in anchors]
        print_json({**figures, "anchors": compared, "found": problems})
    else:
        for name, value in figures.items():
            say(f"{label(name)}{t('：', ': ')}{value:,}")
        _tell_anchors(anchors, compared=public is not None)
        if problems:
            print_table([t("问题", "problem"), t("位置", "place"), t("说明", "what")], problems)
    if figures["problems"]:
        raise typer.Exit(1)


@app.command(
    "anchor",
    help=t(
        "校验后，把各链链头签名写入锚定文件，另处保管；库中没有的密钥，改库的人无法伪造",
        "Verify, then sign where the trail stands: kept elsewhere, it tells of a trail that was written anew",
    ),
)
def anchor_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("锚定文件（新建）", "the anchor, to be made"))],
    key: Annotated[
        Path,
        typer.Option(
            "--key",
            metavar="KEY",
            envvar="YIBAO_ANCHOR_KEY",
            help=t("签名私钥，用 yibao keys new 建立", "the private key that signs, made by yibao keys new"),
        ),
    ],
    after: Annotated[
        Path | None,
        typer.Option(
            "--after",
            metavar="FILE",
            help=t("上一份锚定文件：不符则不签", "the anchor before: what contradicts it is not signed"),
        ),
    ] = None,
    place: RegistryPlace = HERE,
    as_json: AsJson = False,
) -> None:
    from yibao.service.retention import verify_all

    private = load_key(key)
    before = None if after is None else read_anchor(after, private.public)
    with Registry.open(place) as registry, progress() as bar:
        checked = verify_all(registry, noted=noted(registry, [before] if before else []), progress=bar)
        made = make_anchor(registry, checked, private, registry.clock(), before)
    write_anchor(made, file)
    show({"file": str(file), **made.facts()}, as_json)


def _tell_anchors(anchors: list[Anchor], *, compared: bool) -> None:
    for anchor in anchors:
        facts = anchor.facts()
        by = f"{facts['signed_by']} {facts['fingerprint']}"
        say(
            t(
                f"锚定于 {facts['noted_at']}，留痕 {facts['events']:,}，签名 {by}",
                f"anchored at {facts['noted_at']} with {facts['events']:,} events by {by}",
            )
        )
    if anchors and not compared:
        say(
            t(
                "未核对签名人：请核对指纹，或给出 --signer KEY.pub",
                "the signer was not compared: compare the fingerprint, or give --signer KEY.pub",
            )
        )


def _accounts(registry: Registry) -> list[str]:
    with registry.engine.connect() as connection, reading(connection) as seen:
        now = registry.clock()
        unit: Any = Unit(seen, "account.read", "", "", now, now, registry.calendar)
        return check_accounts(unit)
