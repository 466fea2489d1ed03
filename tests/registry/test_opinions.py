"""Opinions with an answer clock of ten working days."""

from __future__ import annotations

from datetime import datetime

import pytest

from yibao.registry import Refused, Registry, opinions
from yibao.registry.verify import verify


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00")


def refused(name: str, act: object, *args: object, registry: Registry, **named: object) -> None:
    with pytest.raises(Refused) as told:
        registry.do(act, *args, **named)  # type: ignore[arg-type]
    assert told.value.name == name and told.value.zh and told.value.mend_zh


def given(registry: Registry, at: str = "2025-09-26") -> dict[str, str]:
    said = registry.do(
        opinions.give, "H1", "group", " 标准偏低 ", subject="FM19", cases=["E1", "E2"], by="h1", at=day(at)
    )
    return {name: str(value) for name, value in said.items()}


def test_an_answer_is_due_after_ten_working_days_holidays_left_out(registry: Registry) -> None:
    said = given(registry)  # 28 September and 11 October are worked, 1 to 8 October are off
    assert said == {"opinion_id": "OP-2025-000001", "due_on": "2025-10-16"}
    with registry.reading("opinion.read", "bureau") as unit:
        row = opinions.opinions(unit)[0]
    assert (row["words"], row["subject"], row["cases"], row["state"]) == ("标准偏低", "FM19", '["E1", "E2"]', "open")


def test_the_bureau_answers_once_and_lateness_is_told(registry: Registry) -> None:
    number = given(registry)["opinion_id"]
    refused("no_words", opinions.answer, number, "accepted", " ", registry=registry, by="bureau", at=day("2025-10-10"))
    refused(
        "unknown_outcome", opinions.answer, number, "yes", "好", registry=registry, by="bureau", at=day("2025-10-10")
    )
    refused("no_summary", opinions.answer, number, "partly", "部分", publish=True, registry=registry, by="bureau",
            at=day("2025-10-10"))  # fmt: skip
    done = registry.do(
        opinions.answer,
        number,
        "partly",
        "部分采纳：重算 2 例",
        summary="已重算",
        publish=True,
        by="agency",
        at=day("2025-10-17"),
    )
    assert (done["state"], done["late"]) == ("answered", True)
    refused(
        "answered_before",
        opinions.answer,
        number,
        "declined",
        "否",
        registry=registry,
        by="bureau",
        at=day("2025-10-20"),
    )
    refused("answered_before", opinions.withdraw, number, registry=registry, by="h1", at=day("2025-10-20"))
    with registry.reading("opinion.read", "bureau") as unit:
        public = opinions.published(unit.connection)
    assert [row["summary"] for row in public] == ["已重算"] and "institution_id" not in public[0]
    assert verify(registry).problems == []


def test_each_sees_and_gives_his_own(sqlite_registry: Registry) -> None:
    registry = sqlite_registry
    given(registry)
    refused("out_of_scope", opinions.give, "H2", "data", "别院", registry=registry, by="h1", at=day("2025-09-26"))
    refused("unknown_matter", opinions.give, "H1", "weather", "雨", registry=registry, by="h1", at=day("2025-09-26"))
    refused("no_role", opinions.give, "H1", "data", "局里", registry=registry, by="bureau", at=day("2025-09-26"))
    with registry.reading("opinion.read", "h2") as unit:
        assert opinions.opinions(unit) == []
    with registry.reading("opinion.read", "h1") as unit:
        assert len(opinions.opinions(unit, state="open", institution_id="H1")) == 1
    assert registry.do(opinions.withdraw, "OP-2025-000001", by="h1", at=day("2025-09-27"))["state"] == "withdrawn"
