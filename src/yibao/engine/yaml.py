"""YAML in which every scalar stays text.

YAML 1.1 reads ``003107010220000`` as octal, ``12:30`` as 750 and ``no`` as false. Contracts and laws are typed by
their own schema, so the reader keeps text as it is written and remembers the line of every key for error messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from yibao.errors import YibaoError


class YamlError(YibaoError):
    """A YAML file cannot be read."""


class Mapping(dict[str, Any]):
    """A mapping that knows the line of each of its keys (1-based)."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}
        self.line = 0


# libyaml parses ten times faster; its absence costs time only.
class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Resolves nothing but null (`null`, `~`, empty): all other plain scalars are text, and other tags are refused."""


_TextLoader.yaml_implicit_resolvers = {}
_TextLoader.yaml_constructors = {
    tag: _TextLoader.yaml_constructors[tag] for tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:str", None)
}
_TextLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


_TAB = re.compile(" *\t")
#: Deeper nesting is no document but an attack: the parser would overrun its stack.
_DEEPEST = 100
_BRACKETS = re.compile(r"[\[\]{}]")
_LEADING = re.compile(r"^[ ?:-]*", re.MULTILINE)


def _mapping(loader: _TextLoader, node: yaml.MappingNode) -> Mapping:
    _expect(node, yaml.MappingNode, "a mapping")
    out = Mapping()
    out.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        _expect(key_node, yaml.ScalarNode, "a key that is a text")
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, "a key is empty", key_node.start_mark)
        line = key_node.start_mark.line + 1
        if key in out:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        out[key] = loader.construct_object(value_node, deep=True)
        out.lines[key] = line
    return out


def _sequence(loader: _TextLoader, node: yaml.SequenceNode) -> list[Any]:
    _expect(node, yaml.SequenceNode, "a list")
    # At once, not as a generator: a list that holds itself is then refused like a mapping that does.
    return [loader.construct_object(child, deep=True) for child in node.value]


def _expect(node: yaml.Node, kind: type[yaml.Node], words: str) -> None:
    if not isinstance(node, kind):
        raise yaml.constructor.ConstructorError(None, None, f"expected {words}", node.start_mark)


_TextLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_TextLoader.add_constructor("tag:yaml.org,2002:seq", _sequence)


def line_of(doc: Any, keys: Sequence[Any]) -> int:
    """The line of the deepest of ``keys`` (keys and places in lists, from the top) that the file has."""
    line, node = (doc.line if isinstance(doc, Mapping) else 0), doc
    for part in keys:
        if isinstance(node, Mapping) and str(part) in node:
            line, node = node.lines[str(part)], node[str(part)]
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
            line = node.line if isinstance(node, Mapping) else line
        else:
            break
    return line


def schema_problems(doc: Any, error: ValidationError) -> Iterator[tuple[int, str]]:
    """What a schema has against a document: line and message for each problem."""
    for item in error.errors():
        where = [str(part) for part in item["loc"]]
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "unknown key"
        elif item["type"] == "missing":
            message = "missing key"
        yield line_of(doc, item["loc"]), f"{'.'.join(where)}: {message}" if where else message


def _refuse_depth(text: str, where: str) -> None:
    """Before the tree is built: events come one by one and need no stack."""
    if max(map(len, _LEADING.findall(text))) + _open_brackets(text) <= _DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_TextLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise YamlError("nested too deeply", where=f"{where}, line {line}", zh="嵌套过深")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _open_brackets(text: str) -> int:
    """How many brackets may be open at once, those in texts included."""
    most = now = 0
    for bracket in _BRACKETS.findall(text):
        now = now + 1 if bracket in "[{" else max(now - 1, 0)
        most = max(most, now)
    return most


def read_yaml(text: str, where: str) -> Any:
    """Parse YAML text; scalars stay text, null stays None.

    Raises :class:`YamlError` that names file, line and column.
    """
    try:
        _refuse_depth(text, where)
        return yaml.load(text, Loader=_TextLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        said = error.problem
        if mark and text.splitlines()[mark.line : mark.line + 1] and _TAB.match(text.splitlines()[mark.line]):
            said = "a tab cannot indent: use spaces"
        raise YamlError(f"not valid YAML: {said}", where=place, mend="mend the syntax at that place") from None
    except yaml.YAMLError as error:
        raise YamlError(f"not valid YAML: {error}", where=where) from None
