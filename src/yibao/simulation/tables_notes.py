"""Raw notes of admission: what a ward writes of each patient in its own words, and what scenes copy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.simulation.city import City, random_for
from yibao.simulation.conditions import load_conditions
from yibao.simulation.frame import Array
from yibao.simulation.ids import staff_id
from yibao.simulation.tables_people import Tables
from yibao.simulation.visits import STAYS
from yibao.simulation.write import Column

_SEXES = ["", "男", "女"]
_ONSET = [
    "起病缓慢，逐渐加重",
    "无明显诱因突然起病",
    "受凉后起病，自服药物无效",
    "劳累后加重，休息后稍缓解",
    "门诊治疗后未见好转",
]
_PAST = ["体健", "高血压病史多年，规律服药", "糖尿病史，血糖控制一般", "有吸烟史，否认药物过敏", "曾因同一疾病住院"]
_LOOK = [
    "神志清楚，精神可，查体合作",
    "神清，痛苦面容，自动体位",
    "精神稍差，言语流利，步入病房",
    "一般情况可，皮肤黏膜无黄染",
]
_PLAN = [
    "予对症支持治疗，观察病情变化",
    "完善相关检查后制定方案",
    "予药物治疗并请上级医师查房",
    "予专科护理，向家属交代病情",
]


def note_tables(city: City) -> Tables:
    """clinical_note: one note of admission per stay; a scene's copies have another patient's word for word."""
    e, rng = city.encounters, random_for(city, "notes")
    stays = np.flatnonzero(np.isin(e["kind"], STAYS))
    n = len(stays)
    words = _words(city, stays, rng)
    source, rows_of = np.arange(n), city.rows_of_tags("encounters")
    for copy, original in city.cast.copied.items():
        source[np.searchsorted(stays, rows_of[copy])] = np.searchsorted(stays, rows_of[original])
    notes: dict[str, Column] = {
        "note_id": city.ids.event("D", np.arange(n)),
        "encounter_id": city.ids.encounter(stays),
        "person_id": city.ids.person(e["person"][stays]),
        "institution_id": (e["institution"][stays], city.providers.ids),
        "kind": np.full(n, "admission"),
        "written_at": np.minimum(e["begin"][stays] + rng.integers(1, 6, n) * 3600, e["end"][stays]),
        "staff_id": staff_id(e["staff"][stays]),
        "content": words.take(pa.array(source)),
    }
    return {"clinical_note": (notes, n)}


def _words(city: City, stays: Array, rng: np.random.Generator) -> pa.Array:
    """A text of some hundred and fifty characters per stay, of figures and turns of phrase that are the patient's."""
    e, n = city.encounters, len(stays)
    names = pa.array([c.name for c in load_conditions()])
    illness = names.take(pa.array(e["condition"][stays]))

    def number(low: int, high: int) -> pa.Array:
        return pa.array(rng.integers(low, high, n)).cast(pa.string())

    def one_of(choices: list[str]) -> pa.Array:
        return pa.array(choices).take(pa.array(rng.integers(0, len(choices), n)))

    sex = pa.array(_SEXES).take(pa.array(city.people.rows["sex"][e["person"][stays]]))
    age = pa.array(e["age"][stays]).cast(pa.string())
    # Alternately a phrase of the form and what is filled in.
    parts: list[str | pa.Array] = [
        "患者", sex, "性，", age, "岁，因", illness, "相关症状", number(1, 90), "天、加重", number(2, 72), "小时入院。",
        one_of(_ONSET), "。既往", one_of(_PAST), "，入院前体重", number(42, 92), "公斤。",
        "查体：体温36.", number(0, 10), "℃，脉搏", number(58, 108), "次/分，呼吸", number(15, 25), "次/分，",
        "血压", number(104, 172), "/", number(58, 104), "mmHg，", one_of(_LOOK), "。",
        "初步诊断：", illness, "。诊疗计划：", one_of(_PLAN), "，预计住院", number(3, 20), "天。",
    ]  # fmt: skip
    columns = [pa.scalar(part) if isinstance(part, str) else part for part in parts]
    text: pa.Array = pc.binary_join_element_wise(*columns, pa.scalar(""))
    return text
