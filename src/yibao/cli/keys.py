"""`yibao keys`: the keys with which packages are signed, whose ledger this is, and whom it trusts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.options import AsJson, LedgerPath
from yibao.cli.show import err, print_json, print_table, say
from yibao.cli.words import t
from yibao.ledger import open_ledger
from yibao.sharing.keys import PrivateKey, PublicKey, encrypted, new_key, public_path, read_private, read_public
from yibao.sharing.pseudonyms import new_secret
from yibao.sharing.refusals import KeyRefused
from yibao.sharing.trust import distrust, own, set_own, trust, trusted

#: Holds the passphrase of a private key where nobody is there to be asked.
PASSPHRASE = "YIBAO_KEY_PASSPHRASE"

app = typer.Typer(
    no_args_is_help=True,
)
PublicFile = Annotated[Path, typer.Argument(metavar="KEY.pub", help=t("公钥文件", "a public key file"))]


@app.command(
    "new", help=t("建立密钥对：私钥只有您可读，公钥交给对方", "Make a key pair: keep the private file, give away .pub")
)
def new(
    path: Annotated[
        Path, typer.Argument(metavar="KEY", help=t("私钥文件（新建）", "the private key file, to be made"))
    ],
    region: Annotated[
        str, typer.Option("--region", metavar="CODE", help=t("此密钥代表的区划", "the region that the key speaks for"))
    ],
    name: Annotated[str, typer.Option("--name", help=t("单位名称", "who it is, for people to read"))] = "",
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase",
            help=t(
                f"以口令保护私钥（询问，或取自 {PASSPHRASE}）",
                f"protect it by a passphrase (asked, or from {PASSPHRASE})",
            ),
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    words = _ask(confirm=True) if passphrase else None
    key = new_key(path, region, name, words)
    _show(key, as_json, private=str(path), public=str(public_path(path)))


@app.command("show", help=t("显示公钥的区划、名称和指纹", "Show region, name and fingerprint of a public key"))
def show(path: PublicFile, as_json: AsJson = False) -> None:
    _show(read_public(path), as_json)


@app.command(
    "own", help=t("说明账本属于哪个区划，以何密钥发言", "Say whose ledger this is: the key under which it speaks")
)
def own_key(ledger_path: LedgerPath, path: PublicFile, as_json: AsJson = False) -> None:
    key = read_public(path)
    set_own(open_ledger(ledger_path), key)
    _show(key, as_json)


@app.command("trust", help=t("核对指纹之后，信任一个公钥", "Trust a public key, after comparing its fingerprint"))
def trust_key(
    ledger_path: LedgerPath,
    path: PublicFile,
    expected: Annotated[
        str | None,
        typer.Option(
            "--fingerprint", help=t("电话中听到的指纹；不符则拒绝", "as heard on the telephone; refused if other")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    ledger, key = open_ledger(ledger_path), read_public(path)
    if expected is not None and _plain(expected) != _plain(key.fingerprint):
        raise KeyRefused(
            f"the fingerprint of this file is {key.fingerprint}",
            where=str(path),
            mend="the file is not the owner's: ask for it again by another way",
            zh=f"此文件的指纹是 {key.fingerprint}",
            mend_zh="文件不是对方的：请换一种途径重新索取",
        )
    trust(ledger, key)
    _show(key, as_json)
    if expected is None and not as_json:
        say(
            t(
                "请与密钥主人电话核对指纹；不符时：yibao keys distrust",
                "compare the fingerprint with the owner by telephone; if it differs: yibao keys distrust",
            )
        )


@app.command("distrust", help=t("不再信任一个密钥；已接收的数据保留", "Trust a key no longer; what was received stays"))
def distrust_key(
    ledger_path: LedgerPath,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help=t("指纹", "its fingerprint"))],
    as_json: AsJson = False,
) -> None:
    _show(distrust(open_ledger(ledger_path), fingerprint), as_json)


@app.command("list", help=t("列出账本自己的密钥和所信任的密钥", "List the ledger's own key and those that it trusts"))
def list_keys(ledger_path: LedgerPath, as_json: AsJson = False) -> None:
    ledger = open_ledger(ledger_path)
    try:
        mine: PublicKey | None = own(ledger)
    except KeyRefused:
        mine = None
    if as_json:
        print_json({"own": _facts(mine) if mine else None, "trusted": [_facts(key) for key in trusted(ledger)]})
        return
    rows = [(t("自己", "own"), mine.region, mine.name, mine.fingerprint)] if mine else []
    rows += [(t("信任", "trusted"), key.region, key.name, key.fingerprint) for key in trusted(ledger)]
    print_table(["", t("区划", "region"), t("名称", "name"), t("指纹", "fingerprint")], rows)


@app.command(
    "secret", help=t("建立化名密钥（统计数据包用）", "Make a secret for the pseudonyms of statistics packages")
)
def secret(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=t("文件（新建）", "the file, to be made"))],
    as_json: AsJson = False,
) -> None:
    new_secret(path)
    if as_json:
        print_json({"secret": str(path)})
    else:
        say(t(f"已写入 {path}：请妥善保管", f"wrote {path}: keep it where the packages do not go"))


def load_key(path: Path) -> PrivateKey:
    """A private key; the passphrase, if it has one, comes from the environment or is asked for on a terminal."""
    return read_private(path, _ask(confirm=False) if encrypted(path) else None)


def _ask(*, confirm: bool) -> bytes:
    given = os.environ.get(PASSPHRASE)
    if given is None:
        if not err.is_terminal:
            raise KeyRefused(
                "the private key needs a passphrase",
                mend=f"set {PASSPHRASE}, or run it on a terminal",
                zh="私钥需要口令",
                mend_zh=f"请设置 {PASSPHRASE}，或在终端中运行",
            )
        given = typer.prompt(t("口令", "passphrase"), hide_input=True, confirmation_prompt=confirm, err=True)
    if not given:
        raise KeyRefused(
            "the passphrase is empty", mend="give one, or leave --passphrase out", zh="口令为空", mend_zh="请给出口令"
        )
    return given.encode()


def _show(key: PublicKey, as_json: bool, **files: str) -> None:
    if as_json:
        print_json({**_facts(key), **files})
        return
    say(f"{key.region}  {key.name}")
    say(f"{t('指纹', 'fingerprint')}  {key.fingerprint}")
    for file in files.values():
        say(file)


def _facts(key: PublicKey) -> dict[str, str]:
    return {"region": key.region, "name": key.name, "fingerprint": key.fingerprint}


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
