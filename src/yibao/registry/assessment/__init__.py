"""Annual assessment of designated institutions: 年度考核."""

from yibao.registry.assessment.flow import (
    answer_objection,
    declare,
    draft,
    finish,
    object_to,
    open_plan,
    results,
    sample,
    verify_values,
)  # fmt: skip
from yibao.registry.assessment.scoring import Assessed, assess, icc, quality
from yibao.registry.assessment.tree import Indicator, Tree, paid_pct, points

__all__ = [
    "Assessed", "Indicator", "Tree", "answer_objection", "assess", "declare", "draft", "finish", "icc", "object_to",
    "open_plan", "paid_pct", "points", "quality", "results", "sample", "verify_values",
]  # fmt: skip
