"""E-vouchers (医保码): a short-lived text that a person shows as a QR code, good for one use at one counter.

It is a JWT signed by the service (EdDSA): ``sub`` the person, ``use`` what for, ``jti`` its number. Nothing is kept of
a voucher until it is shown; then its number is, so that a second showing is refused.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

import jwt
import segno
from sqlalchemy import Connection

from yibao.registry.clock import CHINA
from yibao.service.access.once import first_use
from yibao.service.problems import Problem
from yibao.service.state import Service

#: What a voucher can be shown for, with its names.
USES = {
    "check_in": ("挂号就诊", "check-in"), "settlement": ("结算", "settlement"),
    "report": ("查取报告", "report look-up"), "pharmacy": ("药店购药", "pharmacy pick-up"),
    "appointment": ("预约", "appointment"), "renewal": ("续方", "renewal"),
}  # fmt: skip
LIFE = timedelta(seconds=120)
#: Of one that a page shows: it is scanned from the screen at once.
PAGE_LIFE = timedelta(seconds=60)
_ALGORITHM = "EdDSA"


@dataclass(frozen=True)
class Voucher:
    """What a voucher says."""

    person_id: str
    use: str
    number: str
    ends_at: datetime


def make_voucher(service: Service, person_id: str, use: str, life: timedelta = LIFE) -> tuple[str, datetime]:
    """The text of a new voucher, and when it ends (China Standard Time)."""
    now = service.registry.clock()
    ends = now + life
    claims = {
        "iss": service.settings.base_url, "sub": person_id, "use": use, "jti": secrets.token_urlsafe(16),
        "iat": _epoch(now), "exp": _epoch(ends),
    }  # fmt: skip
    return jwt.encode(claims, service.secrets.voucher, _ALGORITHM), ends


def qr_svg(text: str, title: str) -> str:
    """The QR code of a voucher as SVG: black on white, whatever the page's colours are, since scanners need it."""
    code = segno.make(text, error="m", micro=False)
    drawn = str(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", title=title, omitsize=True))
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(title, quote=True)}" ', 1)


def read_voucher(service: Service, text: str, use: str) -> Voucher:
    """What a voucher says, if it is ours, of now, and made for this use. Raises :class:`Problem` 422.

    Expiry is reckoned by the registry's clock, as everything else is.
    """
    options: Any = {"require": ["sub", "use", "jti", "iat", "exp", "iss"], "verify_exp": False, "verify_iat": False}
    try:
        said = jwt.decode(
            text, service.secrets.voucher.public_key(), [_ALGORITHM], options=options, issuer=service.settings.base_url
        )
    except (jwt.InvalidTokenError, ValueError):
        raise _refused("not_ours", "this is no voucher of this service", "这不是有效的医保码") from None
    ends = datetime.fromtimestamp(said["exp"], CHINA).replace(tzinfo=None)
    if service.registry.clock() >= ends:
        raise _refused("expired", "the voucher has expired", "医保码已过期")
    if said["use"] != use:
        zh, en = USES.get(said["use"], ("其他用途", "something else"))
        raise _refused("other_use", f"the voucher was made for {en}", f"此医保码用于{zh}")
    return Voucher(said["sub"], said["use"], said["jti"], ends)


def shown_by(service: Service, text: str, use: str, person_id: str) -> Voucher:
    """A voucher for this use of this person. Raises :class:`Problem` 422."""
    voucher = read_voucher(service, text, use)
    if voucher.person_id != person_id:
        raise _refused("other_person", "the voucher is of somebody else", "医保码不是此人的")
    return voucher


def redeem(connection: Connection, voucher: Voucher, now: datetime) -> None:
    """Use a voucher, in the transaction of what it is used for. Raises :class:`Problem` 409 the second time."""
    if not first_use(connection, f"voucher:{voucher.number}", voucher.ends_at, now):
        raise Problem(
            409, "voucher_used", "the voucher was used already", "医保码已使用", field="voucher",
            mend="the person shows a new one", mend_zh="请参保人重新出示",
        )  # fmt: skip


def _epoch(moment: datetime) -> int:
    return int(moment.replace(tzinfo=CHINA).timestamp())


def _refused(name: str, what: str, zh: str) -> Problem:
    return Problem(422, f"voucher_{name}", what, zh, field="voucher", mend="the person shows a new one",
                   mend_zh="请参保人重新出示")  # fmt: skip
