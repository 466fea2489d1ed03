"""A written page as tests see it: text and tree, every element closed where it should be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

VOID = frozenset({"meta", "br"})


class StrictParser(HTMLParser):
    """Builds a tree of a page and refuses an element that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = ElementTree.TreeBuilder()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute stands twice in <{tag}>"
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        self.builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> at {self.getpos()} closes {self.open[-3:]}"
        self.builder.end(self.open.pop())

    def handle_data(self, data: str) -> None:
        if self.open:
            self.builder.data(data)


@dataclass(frozen=True)
class Page:
    """A written report: its language, file, text and tree."""

    lang: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ElementTree.Element:
        parser = StrictParser()
        parser.feed(self.text)
        parser.close()
        assert not parser.open, f"never closed: {parser.open}"
        return parser.builder.close()
