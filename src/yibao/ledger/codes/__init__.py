"""National catalogues and the maps of local codes: taken in, compared, suggested, decided by people, counted."""

from yibao.ledger.codes.coverage import Coverage, coverage
from yibao.ledger.codes.decisions import Decision, Outcome, decide
from yibao.ledger.codes.importing import CatalogueReport, import_catalogue
from yibao.ledger.codes.listing import Edition, list_catalogues
from yibao.ledger.codes.reviewfile import read_review, write_review
from yibao.ledger.codes.suggesting import Suggestions, suggest
from yibao.ledger.codes.worklist import Task, work_list

__all__ = [
    "CatalogueReport", "Coverage", "Decision", "Edition", "Outcome", "Suggestions", "Task", "coverage", "decide",
    "import_catalogue", "list_catalogues", "read_review", "suggest", "work_list", "write_review",
]  # fmt: skip
