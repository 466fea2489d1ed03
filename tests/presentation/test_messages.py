"""Both catalogues say the same things, with the same values, each in its own language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import yibao.presentation
from yibao.engine.yaml import read_yaml
from yibao.lawbook.model import LawText
from yibao.presentation.messages import MessageError, Messages, catalogue
from yibao.simulation.calibration import Verdict

PACKAGE = Path(yibao.presentation.__file__).parent
SOURCES = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.j2")]
#: Keys that are put together while a page is written; each pattern stands for all keys that begin so.
COMPOSED = (
    "n.",
    "nav.",
    "chip.",
    "sex.",
    "unit.",
    "exemption.",
    "ingest.",
    "definition.",
    "funnel.",
    "figure.days.",
    "figure.trace.",
    "term.",
    "reform.",
    "calibration.verdict.",
    "calibration.kind.",
    "calibration.about.",
    "calibration.plot.",
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")
#: Words that both languages write alike: names of files and products.
NAMES = {"yibao", "English", "findings", "csv", "xlsx"}


def placeholders(message: object) -> set[str]:
    texts = [message] if isinstance(message, str) else list(message.values())  # type: ignore[union-attr]
    return {name for text in texts for name in re.findall(r"{(\w+)}", text)}


def test_the_catalogues_have_the_same_keys_and_placeholders() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    assert sorted(zh) == sorted(en)
    assert {k: placeholders(zh[k]) for k in zh} == {k: placeholders(en[k]) for k in en}


def test_every_message_is_in_its_own_language() -> None:
    for key, message in catalogue("zh").items():
        words = {w for t in _texts(message) for w in LATIN.findall(re.sub(r"{\w+}", "", t))}
        assert words <= NAMES, f"{key}: {words}"
    for key, message in catalogue("en").items():
        if key != "mast.other_language":
            assert not any(CHINESE.search(text) for text in _texts(message)), key


def test_every_key_that_is_used_exists_and_every_message_is_used() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    known = set(catalogue("zh"))
    used = (set(re.findall(r"""["']([a-z]\w*(?:\.\w+)+)["']""", source)) & known) | {"product"}
    called = set(re.findall(r"""\bt(?:\.count)?\(\s*["']([\w.]+[\w])["']""", source))
    assert called <= known
    idle = {key for key in known - used if not key.startswith(COMPOSED)}
    assert not idle


def test_every_verdict_of_a_calibration_has_its_words() -> None:
    told = {key.rpartition(".")[2] for key in catalogue("zh") if key.startswith("calibration.verdict.")}
    assert told == {*get_args(Verdict), "title"}


def test_an_unknown_key_or_a_missing_value_is_an_error() -> None:
    with pytest.raises(MessageError, match=r"nothing\.here"):
        Messages("zh")("nothing.here")
    with pytest.raises(MessageError, match="unit"):
        Messages("en")("table.with_unit", label="x")


def test_plural_forms_follow_the_number() -> None:
    assert [Messages("en").count("n.days", n) for n in (0, 1, 2, 1200)] == ["0 days", "1 day", "2 days", "1,200 days"]
    assert Messages("zh").count("n.days", 1) == "1 天"


def _texts(message: object) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())  # type: ignore[union-attr]


def _shipped() -> list[LawText]:
    roots = (PACKAGE.parent / "supervision" / "rules", PACKAGE.parent / "ledger" / "quality")
    files = [file for root in roots for file in sorted(root.rglob("rule.yaml"))]
    return [LawText.model_validate(read_yaml(file.read_text(encoding="utf-8"), file.parent.name)) for file in files]


def test_there_are_words_for_the_exemptions_and_units_of_the_shipped_laws() -> None:
    for lang in ("zh", "en"):
        known = catalogue(lang)
        for law in _shipped():
            units = {s.unit for s in law.signals.values()} | {p.unit for p in law.params.values()}
            missing = [f"unit.{u}" for u in units if u and f"unit.{u}" not in known]
            missing += [f"exemption.{e}" for e in law.exemptions if f"exemption.{e}" not in known]
            assert not missing, f"{law.id}: {missing}"


def test_a_unit_stands_in_the_form_for_its_number() -> None:
    en, zh = Messages("en"), Messages("zh")
    assert [en.word("unit", "day", n) for n in (1, 2, None)] == ["day", "days", "days"]
    assert [en.word("unit", "times", n) for n in (1, 2)] == ["times", "times"]  # a multiple
    assert [zh.word("unit", "day", n) for n in (1, 2)] == ["天", "天"]
    assert en.word("unit", "furlong", 1) == "furlong" and en.word("unit", None) == ""
