"""English pages: names in English where they are known, what stays Chinese marked with its language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.service.console.languages import marked
from yibao.service.english import in_english

NAMES = {"云州市第一人民医院": "Yunzhou First People's Hospital", "云州": "Yunzhou", "甲功三项": "thyroid panel"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("云州市第一人民医院, 2025-09: 3 × “stay”", "Yunzhou First People's Hospital, 2025-09: 3 × “stay”"),
        ("甲功三项 (2500), again 甲功三项.", "thyroid panel (2500), again thyroid panel."),
        ("云州市第二医院 in 云州", "云州市第二医院 in Yunzhou"),  # a name inside another is no name
        ("张三 prescribed 甲功三项", "张三 prescribed thyroid panel"), ("nothing to do", "nothing to do"), ("", ""),
    ],
)  # fmt: skip
def test_names_that_are_known_are_said_in_english(text: str, said: str) -> None:
    assert in_english(NAMES, text) == said


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>plain</p>", "<p>plain</p>"),
        ("<td>张三</td>", '<td><bdi lang="zh-CN">张三</bdi></td>'),
        ("<p>by 张三, twice</p>", '<p><bdi>by <bdi lang="zh-CN">张三</bdi>, twice</bdi></p>'),
        ('<a lang="zh-CN">中文</a>', '<a lang="zh-CN">中文</a>'),
        ('<option value="1">门诊</option>', '<option value="1" lang="zh-CN">门诊</option>'),
        ("<textarea>意见。</textarea>", '<textarea lang="zh-CN">意见。</textarea>'),
        ("<title>意见</title>", "<title>意见</title>"),
        ("<p><b>x</b>药。</p>", '<p><b>x</b><bdi lang="zh-CN">药。</bdi></p>'),
    ],
)
def test_what_stays_chinese_says_so(html: str, said: str) -> None:
    assert marked(html) == said


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<b class='x'>", "</b>", "药", "a", " ", "。", "1.5", "（乙）", "&lt;"]))
)
def test_marking_changes_no_text(parts: list[str]) -> None:
    html = "".join(parts)
    assert re.sub(r"<[^<>]*>", "", marked(html)) == re.sub(r"<[^<>]*>", "", html)
