"""Data rights: classification, purposes, permits, consents, releases, and who looked at whom."""

from yibao.registry.rights.looks import alarming, answer, ask, keep, look, note, who_looked
from yibao.registry.rights.permits import (
    classify,
    consent,
    handling,
    permit,
    revoke_permit,
    second_approval,
    set_purpose,
    withdraw_consent,
)  # fmt: skip
from yibao.registry.rights.releases import answer_release, ask_release, recall, releases

__all__ = [
    "alarming", "answer", "answer_release", "ask", "ask_release", "classify", "consent", "handling", "keep", "look",
    "note", "permit", "recall", "releases", "revoke_permit", "second_approval", "set_purpose", "who_looked",
    "withdraw_consent",
]  # fmt: skip
