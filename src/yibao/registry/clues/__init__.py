"""Clues: findings grouped into units of review, led from the first look to the money that comes back."""

from yibao.registry.clues.closing import close, publish_case, reopen, resume, suspend
from yibao.registry.clues.decisions import decide, penalise, recover, refuse_payment, serve, transfer
from yibao.registry.clues.grouping import Findings, Grouping
from yibao.registry.clues.intake import end_exemption, exempt, import_findings, open_clue
from yibao.registry.clues.review import (
    accept,
    appeal,
    ask_material,
    assign,
    begin,
    close_false,
    extend,
    give_material,
    merge,
    resume_review,
    send,
    silence,
)  # fmt: skip
from yibao.registry.clues.second import opinion, panel, partly, second, uphold, verify_on_site, withdraw
from yibao.registry.clues.view import cases, clue_table, clues, exemptions, show

__all__ = [
    "Findings", "Grouping", "accept", "appeal", "ask_material", "assign", "begin", "cases", "close", "close_false",
    "clue_table", "clues", "decide", "end_exemption", "exempt", "exemptions", "extend", "give_material",
    "import_findings", "merge", "open_clue", "opinion", "panel", "partly", "penalise", "publish_case", "recover",
    "refuse_payment", "reopen", "resume", "resume_review", "second", "send", "serve", "show", "silence", "suspend",
    "transfer", "uphold", "verify_on_site", "withdraw",
]  # fmt: skip
