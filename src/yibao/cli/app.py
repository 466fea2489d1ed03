"""The front door: one command, one verb per capability."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from yibao import __version__
from yibao.cli import law
from yibao.cli.show import refuse, say
from yibao.cli.words import t
from yibao.errors import YibaoError

app = typer.Typer(
    name="yibao",
    help=t(
        "医保基金治理开放平台：汇集、标准化、校验、按法规判断、出报告。先试：yibao demo",
        "Govern a medical-insurance fund: collect, standardise, check, judge by written law, report. Try: yibao demo",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(law.app, name="law")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"yibao {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=t("版本", "print the version"))
    ] = False,
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line; a user's mistake ends with a message and an exit code, never a traceback."""
    try:
        app()
    except YibaoError as error:
        sys.exit(refuse(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
