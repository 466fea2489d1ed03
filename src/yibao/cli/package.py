"""`yibao package`: make, look at, check and receive the packages that travel between the levels."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.keys import load_key
from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.package_words import print_manifest, print_receipt, signer_words
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import t
from yibao.ledger import open_ledger
from yibao.sharing.journal import Journal
from yibao.sharing.make import Order, make_package
from yibao.sharing.pseudonyms import read_secret
from yibao.sharing.receipts import read_receipt, write_receipt
from yibao.sharing.receive import receive_package
from yibao.sharing.trust import find_trusted
from yibao.sharing.verify import check_content, check_trust, read_head

app = typer.Typer(
    no_args_is_help=True,
)
PackageFile = Annotated[Path, typer.Argument(metavar="FILE", help=t("数据包文件", "the package file"))]
_day = {"formats": ["%Y-%m-%d"], "metavar": "DAY"}


@app.command(
    "make",
    help=t("制作数据包：向上级上报，或向下级回流", "Make a package: up to the level above, or back to one below"),
)
def make(
    ledger_path: LedgerPath,
    to: Annotated[str, typer.Option("--to", metavar="REGION", help=t("接收区划", "the region that receives it"))],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=t("文件或目录", "a new file, or a directory"))],
    key: Annotated[Path, typer.Option("--key", metavar="KEY", help=t("您的私钥文件", "your private key file"))],
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help=t(
                "方案：submission、return、statistics 或 YAML 文件",
                "what goes along: submission, return, statistics, or a YAML file; default by direction",
            ),
        ),
    ] = None,
    purpose: Annotated[
        str, typer.Option("--purpose", help=t("用途，记入台账", "what it is for, kept in the journal"))
    ] = "",
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help=t("只含此表，可重复", "only this table; repeatable")),
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope",
            metavar="REGION",
            help=t("只含该区参保人和该区就医", "only people insured in, and care given in, this region"),
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar="PACKAGE",
            help=t("从此数据包之后重新发送", "send again all that came after this package (default: after the last)"),
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help=t("全部重新发送", "send everything again"))] = False,
    since: Annotated[
        datetime | None, typer.Option("--from", help=t("发生日期自", "what happened from this day"), **_day)
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", help=t("发生日期至", "what happened until this day"), **_day)
    ] = None,
    secret: Annotated[
        Path | None,
        typer.Option("--secret", metavar="FILE", help=t("化名密钥", "the secret for pseudonyms (profile statistics)")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    order = Order(
        receiver=to,
        profile=profile,
        purpose=purpose,
        tables=tuple(tables or ()),
        scope=scope,
        after=after,
        everything=everything,
        since=since.date() if since else None,
        until=until.date() if until else None,
        secret=read_secret(secret) if secret else None,
    )
    ledger, signer = open_ledger(ledger_path), load_key(key)
    with progress() as bar:
        made = make_package(ledger, order, out, signer, progress=bar)
    if as_json:
        print_json(
            {
                "file": str(made.path),
                "sha256": made.sha256,
                "persons": made.persons,
                "manifest": made.manifest.model_dump(),
            }
            if made
            else {"file": None}
        )
    elif made is None:
        say(t("没有新的内容可发送", "there is nothing new to send"))
    else:
        say(t(f"已写入 {made.path}", f"wrote {made.path}"))
        say(f"SHA-256  {made.sha256}")
        print_manifest(made.manifest, made.persons)


@app.command(
    "show",
    help=t("查看数据包清单；无需信任签名者", "Show what a package says it holds; its signer need not be trusted"),
)
def show(file: PackageFile, as_json: AsJson = False) -> None:
    head = read_head(file)
    if as_json:
        print_json({"key": head.fingerprint, "verified": False, "manifest": head.manifest.model_dump()})
        return
    print_manifest(head.manifest)
    say(
        t(
            f"签名密钥 {head.fingerprint}；文件内容未核验（yibao package verify）",
            f"signed with {head.fingerprint}; the files were not checked (yibao package verify)",
        )
    )


@app.command(
    "verify", help=t("核验签名、每个字节和每张表", "Check signature, every byte, and every table against the manifest")
)
def verify(
    file: PackageFile,
    ledger_path: Annotated[
        Path | None,
        typer.Option(
            "--ledger", metavar="LEDGER", help=t("按此账本的信任核对签名者", "the ledger that must trust the signer")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    ledger = open_ledger(ledger_path) if ledger_path else None
    head = read_head(file, ledger)
    if ledger is not None:
        check_trust(head)
    with tempfile.TemporaryDirectory(prefix="yibao-verify-") as folder, progress() as bar:
        check_content(head, Path(folder), bar)
    if as_json:
        trusted = head.trusted.name if head.trusted else None
        print_json(
            {"key": head.fingerprint, "verified": True, "trusted": trusted, "manifest": head.manifest.model_dump()}
        )
        return
    print_manifest(head.manifest)
    say(signer_words(head))


@app.command(
    "receive",
    help=t("接收数据包：核验后读入账本，一次且仅一次", "Receive a package: check it, then take it in, once only"),
)
def receive(
    file: PackageFile,
    into: Annotated[Path, typer.Option("--into", metavar="LEDGER", help=t("账本目录", "the ledger's directory"))],
    accept_gap: Annotated[
        bool,
        typer.Option(
            "--accept-gap", help=t("缺少之前的数据包也接收", "take it although packages before it are missing")
        ),
    ] = False,
    corrections: Annotated[
        bool,
        typer.Option(
            "--corrections",
            help=t("与账本不同的行取而代之（更正）", "rows that contradict recorded ones take their place"),
        ),
    ] = False,
    receipt: Annotated[
        Path | None,
        typer.Option(
            "--receipt", metavar="FILE", help=t("回执文件，交给发送方", "write the receipt for the sender here")
        ),
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="KEY", help=t("以此私钥签署回执", "sign the receipt with your key"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    signer = load_key(key) if key else None
    with progress() as bar:
        done = receive_package(file, open_ledger(into), accept_gap=accept_gap, corrections=corrections, progress=bar)
    target = receipt or file.with_name(f"{file.name}.receipt.json")
    write_receipt(done.receipt, target, signer)
    if as_json:
        print_json({"known": done.known, "receipt": done.receipt, "file": str(target)})
        return
    if done.known:
        say(t("此数据包早已接收，账本未变", "this package was received before; the ledger is unchanged"))
    print_receipt(done.receipt)
    say(t(f"回执：{target}", f"receipt: {target}"))


@app.command("receipt", help=t("查看接收方的回执", "Read a receipt: what the receiver took, and what not and why"))
def receipt_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("回执文件", "the receipt file"))],
    ledger_path: Annotated[
        Path | None,
        typer.Option(
            "--ledger",
            metavar="LEDGER",
            help=t("按此账本的信任核对签名者", "say whether this ledger trusts the signer"),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    read = read_receipt(file)
    known = find_trusted(open_ledger(ledger_path), read.raw_key) if ledger_path and read.raw_key else None
    if as_json:
        print_json({"receipt": read.content, "key": read.key, "trusted": known.name if known else None})
        return
    print_receipt(read.content)
    if read.key is None:
        say(t("未签名", "not signed"))
    else:
        trusted = t(f"（{known.name}）", f" ({known.name})") if known else ""
        say(t(f"签名密钥 {read.key}{trusted}", f"signed with {read.key}{trusted}"))


@app.command("log", help=t("台账：发出和收到的每个数据包", "The journal: every package that left or came"))
def log(ledger_path: LedgerPath, as_json: AsJson = False) -> None:
    journal = Journal(open_ledger(ledger_path))
    if as_json:
        print_json({"entries": journal.entries, "head": journal.head})
        return
    head = [
        t("时间", "time"),
        t("谁", "who"),
        "",
        t("数据包", "package"),
        t("用途", "purpose"),
        t("级别", "level"),
        t("行数", "rows"),
    ]
    actions = {"make": t("发出", "made"), "receive": t("收到", "received")}
    rows = [
        (
            e["at"],
            e["who"],
            actions[e["action"]],
            e["package"],
            e["purpose"],
            e["level"],
            f"{sum(e['rows'].values()):,}",
        )
        for e in journal.entries
    ]
    print_table(head, rows, right=[6])
    say(t(f"末行摘要 {journal.head}", f"hash of the last line {journal.head}"))
