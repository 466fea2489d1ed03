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
from yibao.presentation.fmt import Format, heading
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
    environment.filters["bold"] = bold
    environment.filters["heading"] = heading
    environment.filters["article"] = article
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
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return {"style": Markup(style), "script": Markup(script), "policy": policy}


def bold(text: str) -> Markup:
    """Set what a message marks with stars in bold.

    >>> bold("查出 *3 件*")
    Markup('查出 <b>3 件</b>')
    """
    return Markup(re.sub(r"\*([^*\s][^*]*)\*", r"<b>\1</b>", str(Markup.escape(text))))


def article(text: str, t: Messages) -> str:
    """The articles of a law as the language names them; anything that is no article number stays as it is written.

    >>> article("15, 38(1)", Messages("zh")), article("16-19, 28", Messages("en"))
    ('第 15 条、第 38 条第（1）项', 'Art. 16–19, Art. 28')
    """
    out = []
    for item in (part.strip() for part in text.split(",")):
        found = re.fullmatch(r"(\d+(?:-\d+)?)(?:\((\w+)\))?", item)
        if found is None:
            return text
        part = t("law.part", number=found[2]) if found[2] else ""
        out.append(t("law.item", number=found[1].replace("-", "–"), part=part))
    return t("list.comma").join(out)


def _minified(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return re.sub(r"\s*\n\s*", "\n", css).strip()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
