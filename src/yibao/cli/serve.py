"""`yibao serve`: the service for systems and people, and what its administrator needs beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.registry_session import HERE, RegistryPlace
from yibao.cli.show import progress, say
from yibao.cli.words import t
from yibao.errors import UsageError


def serve(
    ledger: Annotated[
        Path | None, typer.Option("--ledger", metavar="DIR", help=t("账本目录", "the ledger's directory"))
    ] = None,
    registry: RegistryPlace = HERE,
    home: Annotated[
        Path, typer.Option("--home", metavar="DIR", help=t("密钥和上传文件的目录", "where keys and uploads are kept"))
    ] = Path("service"),
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help=t("先建模拟城市和各角色用户", "first make a synthetic city and a user for every role")
        ),
    ] = False,
    persons: Annotated[
        int, typer.Option("--persons", min=1_000, help=t("模拟城市的人数", "persons of the synthetic city"))
    ] = 2_000,
    host: Annotated[str, typer.Option("--host", help=t("监听地址", "address to listen at"))] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help=t("端口", "port"))] = 8000,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            help=t("客户端使用的地址（有反向代理时为 https://…）", "how clients reach it (https://… behind a proxy)"),
        ),
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option(
            "--proxy",
            metavar="ADDRESSES",
            help=t("可信反向代理的地址，逗号分隔", "proxies whose X-Forwarded-For is believed"),
        ),
    ] = None,
    policies: Annotated[
        list[Path] | None,
        typer.Option("--policy", metavar="DIR", help=t("您自己的政策目录，可重复", "your own policies; repeatable")),
    ] = None,
    laws: Annotated[
        list[Path] | None,
        typer.Option("--law", metavar="DIR", help=t("您自己的法规目录，可重复", "your own laws; repeatable")),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option("--pack", metavar="DIR", help=t("分组方案包，用于预分组", "a grouping pack, for previews")),
    ] = None,
) -> None:
    """Serve the API for systems, the reminder services and the console until stopped (Ctrl-C or SIGTERM)."""
    from yibao.service.serve import serve as run  # the web framework loads when it is asked for
    from yibao.service.settings import Settings

    if demo:
        ledger, registry = _demo(home, persons)
    if ledger is None:
        raise UsageError(
            "say what to serve: --ledger, or --demo", mend="try: yibao serve --demo",
            zh="请给出 --ledger，或 --demo", mend_zh="可先试：yibao serve --demo",
        )  # fmt: skip
    settings = Settings(
        ledger=ledger, registry=registry, home=home, base_url=(base_url or f"http://{host}:{port}").rstrip("/"),
        policies=tuple(policies or ()), laws=tuple(laws or ()), pack=pack,
    )  # fmt: skip
    say(t(f"正在 {settings.base_url} 提供服务；按 Ctrl-C 结束", f"serving at {settings.base_url}; Ctrl-C ends it"))
    run(settings, host, port, proxy)


def _demo(home: Path, persons: int) -> tuple[Path, str]:
    """The demonstration below ``home``, made once; says who can sign in."""
    from yibao.ledger import open_ledger
    from yibao.runs.demo import make_demo
    from yibao.runs.laws import load_lawbook
    from yibao.runs.manifest import latest_run
    from yibao.service.demo import late_register, make_registry

    city, registry, users = home / "city", home / "registry.db", home / "users.json"
    if not users.exists():
        home.mkdir(parents=True, exist_ok=True)
        for left in home.glob("registry.db*"):
            left.unlink()
        if latest_run(city / "ledger") is None:
            with progress() as bar:
                make_demo(city, persons, 1, load_lawbook(), progress=bar)
        late_register(open_ledger(city / "ledger"))
        make_registry(str(registry), home, open_ledger(city / "ledger"))
    say(t(f"演示用户（见 {users}）：", f"demonstration users (see {users}):"))
    for name, given in json.loads(users.read_text(encoding="utf-8")).items():
        said = "  ".join(f"{t(*_GIVEN[kind])} {value}" for kind, value in given.items())
        say(f"  {name}  {said}")
    return city / "ledger", str(registry)


_GIVEN = {
    "password": ("密码", "password"), "second_factor": ("验证器密钥", "authenticator secret"),
    "key": ("接口密钥", "API key"),
}  # fmt: skip
