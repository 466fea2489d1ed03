"""`yibao access`: how people and systems get into the service: passwords, second factors, keys, hospital systems."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yibao.cli.registry_session import HERE, By, RegistryPlace
from yibao.cli.show import say
from yibao.cli.words import t
from yibao.errors import UsageError
from yibao.registry import Registry

if TYPE_CHECKING:
    from yibao.service.access.signin import SignIn

app = typer.Typer(
    help=t(
        "服务的登录凭证：密码、第二因素、接口密钥、医院系统的公钥（操作人和角色见 yibao registry actor）",
        "Credentials of the service: passwords, second factors, API keys, hospital systems' public keys "
        "(actors and roles: yibao registry actor)",
    ),
    no_args_is_help=True,
)
Actor = Annotated[str, typer.Argument(metavar="ACTOR", help=t("操作人编号", "the actor's id"))]
Home = Annotated[
    Path, typer.Option("--home", metavar="DIR", help=t("服务的密钥目录", "where the service's keys are kept"))
]


@app.command("password", help=t("设置密码（从终端或标准输入读取）", "Set a password (asked for, or read from stdin)"))
def password(actor: Actor, by: By, place: RegistryPlace = HERE, home: Home = Path("service")) -> None:
    """All sessions of the actor end."""
    with _open(place, by, home) as sign_in:
        if sys.stdin.isatty():
            given = typer.prompt(t("新密码", "new password"), hide_input=True, confirmation_prompt=True)
        else:
            given = sys.stdin.readline().rstrip("\n")
        sign_in.set_password(actor, given, by)
    say(t(f"{actor} 的密码已设置", f"the password of {actor} is set"))


@app.command("second-factor", help=t("生成验证器密钥，只显示一次", "Make an authenticator secret; shown once"))
def second_factor(actor: Actor, by: By, place: RegistryPlace = HERE, home: Home = Path("service")) -> None:
    """For an authenticator app (RFC 6238, six digits, 30 seconds)."""
    with _open(place, by, home) as sign_in:
        say(sign_in.enrol(actor, by))


@app.command("key", help=t("为系统账号生成接口密钥，只显示一次", "Make an API key for a service actor; shown once"))
def key(
    actor: Actor,
    by: By,
    label: Annotated[str, typer.Option("--label", help=t("用途说明", "what it is for"))],
    days: Annotated[int, typer.Option("--days", min=1, max=1_095, help=t("有效天数", "days it is good for"))] = 365,
    place: RegistryPlace = HERE,
    home: Home = Path("service"),
) -> None:
    """The key is kept as a digest."""
    from yibao.service.access.keys import make_key

    with _open(place, by, home) as sign_in:
        say(make_key(sign_in.registry, actor, label, by, timedelta(days=days)))


@app.command("end-key", help=t("立即停用一个接口密钥", "End an API key now"))
def end_key(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help=t("密钥编号（两个下划线之间）", "its middle part"))],
    by: By,
    place: RegistryPlace = HERE,
    home: Home = Path("service"),
) -> None:
    """What was called with it before stays in the trail."""
    from yibao.service.access.keys import revoke_key

    with _open(place, by, home) as sign_in:
        revoke_key(sign_in.registry, key_id, by)
    say(t(f"密钥 {key_id} 已停用", f"the key {key_id} is ended"))


@app.command("client", help=t("登记医院系统（CDS Hooks）及其公钥", "Register a hospital system (CDS Hooks)"))
def client(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help=t("令牌签发者 iss", "the `iss` of its tokens"))],
    by: By,
    actor: Annotated[str, typer.Option("--actor", help=t("系统账号编号", "the service actor that it acts as"))],
    institution: Annotated[str, typer.Option("--institution", help=t("机构编号", "the institution's id"))],
    keys: Annotated[Path, typer.Option("--keys", metavar="FILE", help=t("公钥集（JWKS）", "its public keys (JWKS)"))],
    jku: Annotated[str | None, typer.Option("--jku", help=t("公钥集地址 https://", "where it publishes them"))] = None,
    fhir_server: Annotated[
        str | None, typer.Option("--fhir-server", help=t("其 FHIR 地址 https://", "its FHIR server"))
    ] = None,
    place: RegistryPlace = HERE,
    home: Home = Path("service"),
) -> None:
    """To rotate keys, register a set with the old and the new one; later one with the new alone."""
    from yibao.service.cds.clients import register

    try:
        found = json.loads(keys.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no key set can be read: {error}", where=str(keys), mend="give a JSON file with `keys`",
            zh="无法读取公钥集", mend_zh="请给出含 keys 的 JSON 文件",
        ) from None  # fmt: skip
    with _open(place, by, home) as sign_in:
        register(sign_in.registry, issuer, actor, institution, found, by, jku, fhir_server)
    say(t(f"已登记 {issuer}", f"{issuer} is registered"))


@contextmanager
def _open(place: str, by: str, home: Path) -> Iterator[SignIn]:
    """The credentials of a registry, for an administrator."""
    from yibao.service.access.scope import caller_of
    from yibao.service.access.signin import SignIn
    from yibao.service.forms import prepare
    from yibao.service.reads import reads
    from yibao.service.secrets import open_secrets

    with Registry.open(place, pool=2) as registry:
        prepare(registry.engine)
        with reads(registry) as connection:
            caller_of(connection, by, registry.clock(), "command").require("access.manage")
        yield SignIn(registry, open_secrets(home).cipher)
