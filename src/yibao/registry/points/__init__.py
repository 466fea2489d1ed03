"""Points on the payment qualification of staff: 医保支付资格记分."""

from yibao.registry.points.ledger import (
    answer_appeal, answer_repair, appeal, ask_repair, decide, notice, points_of, register, tick,
)  # fmt: skip
from yibao.registry.points.scoring import Points, Standing, score, standing

__all__ = [
    "Points", "Standing", "answer_appeal", "answer_repair", "appeal", "ask_repair", "decide", "notice", "points_of",
    "register", "score", "standing", "tick",
]  # fmt: skip
