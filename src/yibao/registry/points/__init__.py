"""Points on the payment qualification of staff: 医保支付资格记分."""

from yibao.registry.points.ledger import (
    STATUS_WORDS,
    answer_appeal,
    answer_repair,
    appeal,
    ask_repair,
    decide,
    notice,
    points_of,
    register,
    staff_status,
    tick,
)  # fmt: skip
from yibao.registry.points.scoring import Points, Standing, score, standing

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
