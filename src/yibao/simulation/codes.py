"""Diagnosis codes of this province: those of the conditions, of cancers under chemotherapy, and what scenes write."""

from __future__ import annotations

import functools

from yibao.simulation.conditions import condition_index, load_conditions

#: Second diagnoses of chemotherapy patients and codes used by nothing else: code, name, English name.
CANCERS = [
    ("C34.900", "支气管或肺恶性肿瘤", "Lung cancer"),
    ("C18.900", "结肠恶性肿瘤", "Malignant neoplasm of colon"),
    ("C50.900", "乳房恶性肿瘤", "Breast cancer"),
]
#: What a scene's record says beside an illness: how somebody was hurt, and what bears on a limit of sex.
SCENE_CODES = {
    "at_work": ("Y96.x00", "与工作有关的情况", "Work-related condition"),
    "collision": ("V43.500", "小汽车乘员在与小汽车碰撞中损伤", "Car occupant injured in collision with car"),
    "fall": ("W01.x00", "在同一平面滑倒、绊倒和摔倒", "Fall on same level from slipping or tripping"),
    "undescended_testis": ("Q53.900", "睾丸未降", "Undescended testicle"),
    "gender_identity": ("F64.000", "易性症", "Transsexualism"),
}


@functools.cache
def diagnosis_codes() -> list[tuple[str, str, str]]:
    """(code, name, English name) by position: the conditions in file order, then cancers, then what scenes write."""
    own = [(c.code, c.name, c.name_en) for c in load_conditions()]
    return [*own, *CANCERS, *SCENE_CODES.values()]


def diagnosis_position(key: str) -> int:
    """Position among :func:`diagnosis_codes` of a condition or of a scene's own code."""
    if key in SCENE_CODES:
        return len(load_conditions()) + len(CANCERS) + list(SCENE_CODES).index(key)
    return condition_index()[key]
