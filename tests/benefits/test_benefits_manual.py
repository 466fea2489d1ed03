"""What the manual shows about policies and bills works: its policy is proved by its case, its bills are settled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from yibao.benefits import bill_from, load_policies, settle_bill
from yibao.benefits.cases import prove
from yibao.benefits.load import load_folder
from yibao.benefits.pages import policy_pages
from yibao.engine.yaml import read_yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to" / page).read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_policy_of_the_manual_is_proved_by_its_case(tmp_path: Path) -> None:
    folder = tmp_path / "ACITY-390_residents"
    folder.mkdir()
    policy, cases = blocks("write-a-policy.md")
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    (folder / "cases.yaml").write_text(cases, encoding="utf-8")
    book = load_folder(tmp_path)
    assert book.problems == ()
    assert [result.differences for result in prove(book.written[0])] == [()]
    broken = policy.replace("rate: 70%}]", "rate: 0.62}]")
    (folder / "policy.yaml").write_text(broken, encoding="utf-8")
    said = str(load_folder(tmp_path).problems[0])
    place = "line 23: layers.critical_illness.bands[2].rate: '0.62' is no rate: write it with a percent sign"
    assert place in said
    assert place in (DOCS / "how-to" / "write-a-policy.md").read_text(encoding="utf-8")


def test_the_bills_of_the_manual_are_settled() -> None:
    first, second = (read_yaml(text, "manual") for text in blocks("settle-a-bill.md"))
    book = load_policies()
    assert settle_bill(bill_from(first), book).result["person_amount"] == 920_040
    head: dict[str, Any] = {k: v for k, v in first.items() if k != "bill"}
    assert settle_bill(bill_from(head | second), book).result["deductible_amount"] == 50_000


@pytest.mark.parametrize("page", policy_pages())
def test_every_key_of_the_reference_has_words_in_both_languages(page: str) -> None:
    for row in re.findall(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|", policy_pages()[page], flags=re.MULTILINE):
        assert all(cell.strip() for cell in row), row
