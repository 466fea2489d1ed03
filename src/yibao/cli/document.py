"""Writes every reference page that is derived from the code: tables, laws, commands and settings.

``python -m yibao.cli.document`` rewrites what is stale in a source checkout; ``--check`` writes nothing and exits 1.
The commands are described by two fresh interpreters, one per language, because help texts are fixed at import.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from yibao.benefits.pages import policy_pages
from yibao.cli.settings import SETTINGS
from yibao.errors import YibaoError
from yibao.generated import checkout, grid, plain, stale, write
from yibao.ledger.contracts import load_contracts
from yibao.ledger.generate import OWNED as LEDGER_FILES
from yibao.ledger.generate import generated as ledger_files
from yibao.ledger.generate import main as generate
from yibao.ledger.generated_sql import generated_sql
from yibao.ledger.sources.pages import OWNED as SOURCE_PAGES
from yibao.ledger.sources.pages import source_pages
from yibao.runs.document import OWNED as LAW_PAGES
from yibao.runs.document import law_pages

#: Folders that hold generated files only.
OWNED = (*LEDGER_FILES, *LAW_PAGES, *SOURCE_PAGES)

#: Options that the command-line library adds by itself.
_FOREIGN = {"install_completion", "show_completion", "help"}


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files, or with ``--check`` report the stale ones. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m yibao.cli.document", description="Write the generated reference.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is not fresh")
    parser.add_argument("--describe", action="store_true", help="print the commands as JSON, in the language in force")
    chosen = parser.parse_args(argv)
    if chosen.describe:
        sys.stdout.write(json.dumps(describe_commands(), ensure_ascii=False))
        return 0
    try:
        root = checkout()
        if not chosen.check:
            generate([])  # the pages below show SQL that this writes
        wanted = documented()
    except YibaoError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    paths = stale(root, wanted, OWNED)
    for path in paths:
        sys.stdout.write(f"{path.relative_to(root)}\n")
    if not chosen.check:
        write(root, wanted, paths)
    return 1 if chosen.check and paths else 0


def documented() -> dict[str, str]:
    """Every generated file: path relative to the checkout -> text."""
    return {
        **ledger_files(load_contracts()),
        **generated_sql(checkout(), load_contracts()),
        **law_pages(),
        **source_pages(),
        **policy_pages(),
        "docs/reference/commands.md": commands_page(_described("zh"), _described("en")),
        "docs/reference/settings.md": settings_page(),
        "docs/reference/access.md": routes_page(),
    }


# --- commands --------------------------------------------------------------------------------------------------------


def describe_commands() -> list[dict[str, Any]]:
    """Every command of the app in the language in force, parents first: path, help, options and arguments."""
    from typer.main import get_command

    from yibao.cli.app import app

    return list(_walk(get_command(app), ("yibao",)))


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Attributes are read by name: Typer's commands are Click's in one release and its own in the next."""
    yield {
        "path": " ".join(path),
        "help": " ".join((command.help or "").split()),
        "group": hasattr(command, "commands"),
        "params": [_param(p) for p in command.params if p.name not in _FOREIGN and not getattr(p, "hidden", False)],
    }
    for name in sorted(getattr(command, "commands", {})):
        yield from _walk(command.commands[name], (*path, name))


def _param(param: Any) -> dict[str, Any]:
    argument = param.param_type_name == "argument"
    value = param.metavar or param.name.upper()
    if argument:
        shown = value if param.required or value.startswith("[") else f"[{value}]"
    else:
        shown = ", ".join([*param.opts, *param.secondary_opts]) + ("" if param.is_flag else f" {value}")
    default = param.default
    simple = isinstance(default, (str, int)) and not isinstance(default, bool)
    return {
        "shown": shown,
        "argument": argument,
        "required": bool(param.required),
        "repeats": bool(param.multiple),
        "default": str(default) if simple else "",
        "help": " ".join((getattr(param, "help", None) or "").split()),
    }


def _described(language: str) -> list[dict[str, Any]]:
    environment = {**os.environ, "YIBAO_LANG": language, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "yibao.cli.document", "--describe"]
    answer = subprocess.run(command, env=environment, capture_output=True, check=True, encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def commands_page(zh: Sequence[dict[str, Any]], en: Sequence[dict[str, Any]]) -> str:
    """The reference of all commands; `zh` and `en` describe the same app in the two languages."""
    parts = [
        "# 命令 · commands\n\n"
        "每条命令都有 `--help`；语言随系统，`YIBAO_LANG=zh` 或 `en` 可指定（见[设置](settings.md)）。\n\n"
        "Every command has `--help`; its language is the system's unless `YIBAO_LANG` says otherwise\n"
        "(see [settings](settings.md)).",
        "## 退出码 · exit codes\n\n"
        + grid(
            ["code", "中文", "English"],
            [
                ["0", "完成", "done"],
                ["1", "拒绝或失败，说明在标准错误输出", "refused or failed; the message is on the error stream"],
                ["2", "命令用法有误", "the command was called in a way that cannot work"],
                ["3", "完成且发现问题（仅 `--strict`）", "done and issues found (only with `--strict`)"],
            ],
        ),
    ]
    parts += [_command(a, b) for a, b in zip(zh, en, strict=True)]
    return "\n\n".join(parts) + "\n"


def _command(zh: dict[str, Any], en: dict[str, Any]) -> str:
    arguments = [p["shown"] for p in en["params"] if p["argument"]]
    usage = " ".join([en["path"], "[OPTIONS]", *(["COMMAND"] if en["group"] else arguments)])
    said = [plain(words) for words in dict.fromkeys((zh["help"], en["help"])) if words]
    parts = [f"## {en['path']}", *said, f"```text\n{usage}\n```"]
    if en["params"]:
        rows = [_row(a, b) for a, b in zip(zh["params"], en["params"], strict=True)]
        parts.append(grid(["", "中文", "English", "default"], rows))
    return "\n\n".join(parts)


def _row(zh: dict[str, Any], en: dict[str, Any]) -> list[str]:
    note = " (required)" if en["required"] else " (may be repeated)" if en["repeats"] else ""
    return [
        f"`{en['shown']}`{note}",
        plain(zh["help"]),
        plain(en["help"]),
        f"`{en['default']}`" if en["default"] else "",
    ]


# --- settings --------------------------------------------------------------------------------------------------------


def settings_page() -> str:
    """The reference of environment variables."""
    rows = [[f"`{s.name}`", s.values, s.default, s.zh, s.en] for s in SETTINGS]
    return (
        "# 设置 · settings\n\n"
        "项目没有配置文件；只读取以下环境变量。\n\n"
        "There is no configuration file; these environment variables are all that is read.\n\n"
        + grid(["variable", "values", "without it", "中文", "English"], rows)
        + "\n"
    )


# --- access ----------------------------------------------------------------------------------------------------------


def routes_page() -> str:
    """The reference of the service's routes: who may call each of them."""
    from yibao.service.access.listed import access_page
    from yibao.service.app import guarded_routes

    return access_page(guarded_routes())


if __name__ == "__main__":
    sys.exit(main())
