"""Points on the payment qualification of staff: 医保支付资格记分."""

from yibao.registry.points.ledger import answer_appeal, appeal, decide, notice, points_of, register
from yibao.registry.points.scoring import Points, Standing, score, standing
from yibao.registry.points.status import STATUS_WORDS, answer_repair, ask_repair, staff_status, tick

__all__ = [
    "STATUS_WORDS",
    "Points",
    "Standing",
    "answer_appeal",
    "answer_repair",
    "appeal",
    "ask_repair",
    "decide",
    "notice",
    "points_of",
    "register",
    "score",
    "staff_status",
    "standing",
    "tick",
]
