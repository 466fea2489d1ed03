"""The page itself: Jinja templates and assets of the package, put into one file that asks nobody for anything.

A content security policy in the page allows exactly the style sheet and script that are in it, by their hashes: a
browser would refuse any request to the outside even if a text of the ledger tried to smuggle one in.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from yibao.presentation import micro, tokens
from yibao.presentation.fmt import Format
from yibao.presentation.messages import Messages

STYLES = ("base.css", "report.css")
SCRIPT = "report.js"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("yibao.presentation", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["icon"] = micro.icon
    environment.filters["bold"] = bold_numbers
    return environment


def render(template: str, fmt: Format, t: Messages, **values: Any) -> str:
    """Render a template of the package; a name that it does not get is an error, not an empty place."""
    text = _environment().get_template(template).render(fmt=fmt, t=t, lang=fmt.lang, **assets(), **values)
    return re.sub(r"\n\s*\n+", "\n", text)


@cache
def assets() -> dict[str, Any]:
    """Style sheet and script as they stand in the page, and the policy that allows them."""
    folder = files("yibao.presentation") / "assets"
    style = _minified(tokens.css() + "".join((folder / name).read_text(encoding="utf-8") for name in STYLES))
    script = (folder / SCRIPT).read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    return {"style": Markup(style), "script": Markup(script), "policy": policy}


def bold_numbers(text: str) -> Markup:
    """Set the figures of a sentence, with their units of money, in bold."""
    escaped = str(Markup.escape(text))
    return Markup(re.sub(r"(?<![\w&#./-])([¥$−]?[\d][\d,]*(?:\.\d+)?(?:[%KMB](?!\w)| (?:[万亿])?(?:美元|元))?)(?![\w.;/-])", r"<b>\1</b>", escaped))


def _minified(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return re.sub(r"\s*\n\s*", "\n", css).strip()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
