"""Where a service finds its ledger, its registry and its secrets, and how strict it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """``registry`` is a file or ``postgresql://…``; ``home`` holds secrets and uploads, readable by the service alone.

    ``base_url`` is how clients reach the service, without a slash at the end: tokens are made out to it.
    """

    ledger: Path
    registry: str
    home: Path
    base_url: str = "http://127.0.0.1:8000"
    policies: tuple[Path, ...] = ()
    laws: tuple[Path, ...] = ()
    pack: Path | None = None
    #: Bytes that a request may have, and a file that is handed in.
    body_limit: int = 2_000_000
    upload_limit: int = 200_000_000
    #: Bytes of an answer to a clue with what is handed in with it.
    material_limit: int = 20_000_000
    #: Requests a second and at once: of one signed-in caller or key, and of one address without any.
    caller_rate: tuple[float, int] = (50.0, 100)
    address_rate: tuple[float, int] = (5.0, 30)
    #: Seconds after which an order check is given up: the doctor goes on without a reminder.
    order_patience: float = 1.0
    #: Who the reminders come from, as cards say.
    issuer: dict[str, str] = field(default_factory=lambda: {"zh": "医保局", "en": "the insurance bureau"})

    @property
    def secure(self) -> bool:
        """Whether clients come over TLS (then cookies and headers insist on it)."""
        return self.base_url.startswith("https://")
