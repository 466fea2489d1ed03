"""Patterns mean the same on both engines, or are refused by what they contain."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.engine import DuckEngine
from yibao.engine.patterns import PatternError, java_pattern
from yibao.engine.spark import SparkEngine
from yibao.engine.sql import sql_text


@pytest.mark.parametrize(
    ("pattern", "java"),
    [
        ("^[A-Z][0-9]", "^[A-Z][0-9]"),
        (r"a.b$", r"a[^\n]b\z"),
        (r"\s+\S", r"[\t\n\f\r ]+[^\t\n\f\r ]"),
        (r"[\s,]", r"[\t\n\f\r ,]"),
        ("[]a]", r"[\]a]"),
        ("[^^&[]", r"[^\^\&\[]"),
        (r"(?:ICU|重症){1,2}?", "(?:ICU|重症){1,2}?"),
        (r"\.\$\{", r"\.\$\{"),
    ],
)
def test_said_in_java(pattern: str, java: str) -> None:
    assert java_pattern(pattern) == java


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        (r"\bICU", r"\\b"), (r"(?i)icu", r"\(\?i"), ("(?P<n>a)", r"\(\?P"), (r"(a)\1", r"\\1"), (r"\p{Han}", r"\\p"),
        ("a++", r"\+\+"), ("a{x}", "repeats only"), ("[[:alpha:]]", r"\[: :\]"), (r"[\S]", r"\\S"),
        ("(a", "well formed"), ("[a", "well formed"), ("a\\", "well formed"), ("*a", "well formed"),
    ],
)  # fmt: skip
def test_refused(pattern: str, word: str) -> None:
    with pytest.raises(PatternError, match=word):
        java_pattern(pattern)


CHARACTERS = "aB1_ .\n\r\v\t中&[]^-$\\\u2028"
PARTS = st.sampled_from(
    ["a", "B", "1", "中", ".", "^", "$", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\.", r"\\", "[a-z]", "[^a]",
     "[]a]", r"[\d\s]", "[&&a]", "[[B]", "[a^-]", "(a|B)", "(?:1|)", "_"]
)  # fmt: skip
PATTERNS = st.lists(st.tuples(PARTS, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}?"])), max_size=5).map(
    lambda parts: "".join(part + ("" if part in ("^", "$") else times) for part, times in parts)
)


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(PATTERNS, st.text(CHARACTERS, max_size=6)), min_size=40, max_size=40))
def test_found_by_both_engines(spark: SparkEngine, pairs: list[tuple[str, str]]) -> None:
    matches = [
        f"regexp_matches({sql_text(text)}, {sql_text(pattern)}) as c{i}" for i, (pattern, text) in enumerate(pairs)
    ]
    query = f"select {', '.join(matches)}"
    with DuckEngine(threads=1) as duck, spark.apart() as other:
        assert other.execute(query).to_pylist() == duck.execute(query).to_pylist()
