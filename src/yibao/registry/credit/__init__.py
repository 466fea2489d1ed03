"""Credit of institutions and insured persons: 医保信用."""

from yibao.registry.credit.ledger import add_event, answer, evaluate, law_of, request, scores, set_indicators
from yibao.registry.credit.scoring import CreditEvent, Score, grade_of, score, staff_grade

__all__ = [
    "CreditEvent", "Score", "add_event", "answer", "evaluate", "grade_of", "law_of", "request", "score", "scores",
    "set_indicators", "staff_grade",
]  # fmt: skip
