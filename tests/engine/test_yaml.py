"""YAML that stays text: what is read, and what is told of a file that is none."""

from __future__ import annotations

import pytest

from yibao.engine.yaml import YamlError, line_of, read_yaml


def test_scalars_stay_text_and_keys_know_their_line() -> None:
    doc = read_yaml("code: 003107\nat: 12:30\nno: no\nempty:\nnothing: ~\nlist: [1, 0x2]\n", "a.yaml")
    assert doc == {"code": "003107", "at": "12:30", "no": "no", "empty": None, "nothing": None, "list": ["1", "0x2"]}
    assert line_of(doc, ["at"]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "a: [1", "a: 1\na: 2", "a:\n\t- 1", "? [x]\n: 1", "? {x: 1}\n: 2", "a: {[]: 1}", "~: 1",
        "a: !!python/object:x.y", "a: \x00", "&a [*a, *b]", "--- 1\n--- 2", "%YAML 9", "&a [*a]", "&a {x: *a}",
        "[" * 900 + "]" * 900, 
        "a: !!map [1]", "a: !!set {1, [2]}", "!!omap [1]",
        "a: !!binary x", "a: !!timestamp 2001-99-99", "[" * 3_000,
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_told(text: str) -> None:
    with pytest.raises(YamlError):
        read_yaml(text, "a.yaml")
