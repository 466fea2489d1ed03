"""One report in both languages over the made-up city, written once for all tests of the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import city
import pytest

from yibao.presentation.report import write_report

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


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run with both reports and the working lists in it."""
    path = tmp_path_factory.mktemp("city")
    ledger, run, laws = city.build(path), city.finished_run(path), city.lawbook()
    for lang in ("zh", "en"):
        write_report(run, ledger, laws, lang)
    return run


@pytest.fixture(scope="session", params=["zh", "en"])
def page(request: pytest.FixtureRequest, folder: Path) -> Page:
    path = folder / f"report.{request.param}.html"
    return Page(request.param, path, path.read_text(encoding="utf-8"))
