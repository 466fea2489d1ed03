"""Documents into resources: Bundles and arrays are opened, references inside a Bundle get the ids they stand for.

``resource`` (a temporary table of the engine) has one row for each: ``n`` its number in the piece, ``row`` the line of
the file (or, of a file that is one document, its place in it), ``type``, ``id`` (Type/id, owner#id when contained),
``body`` (its JSON).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.ledger.sources import Reject
from yibao.ledger.sources.fhir.documents import Documents
from yibao.ledger.sources.fhir.shapes import CLAIM, CLAIMS, COMPANIONS, Shape, fault_of, screen
from yibao.ledger.sources.unpacking import Rejected

#: A number with a fraction or an exponent, after a key. It is made a text, so that no digit of it is lost on the way: a
#: quote after a letter closes a string, and what has a colon behind it is a key.
_FRACTION = r'(\w"\s*:\s*)(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+))([\s,}\]])'
_QUOTED = r'\1"\2"\3'
_NAMES = '{"entry":[{"fullUrl":"VARCHAR","resource":{"resourceType":"VARCHAR","id":"VARCHAR"}}]}'
_LOCAL = re.compile(r'"(urn:[^"\s]+)"')
#: Bundles in arrays in Bundles: what lies deeper is nobody's resource.
_DEPTH = 4
_SHOWN = 2_000
#: Where resources are told of that cannot even become rows.
_TABLES = {
    "Patient": "person", "Practitioner": "staff", "PractitionerRole": "staff", "Organization": "institution",
    "Location": "institution", "Coverage": "enrolment", "Encounter": "encounter", "Condition": "diagnosis",
    "Procedure": "procedure",
}  # fmt: skip

#: Null where the text is no JSON.
_HEAD = "try(json_extract_string(body, ['$.resourceType', '$.id'])) as head, left(ltrim(body, ' \t\n\r'), 1) as mark"
_OPENED = """
create or replace temp table opened as
select *, {head} from (
  select line, list_append(place, i) as place, null::varchar as url, body from (
    select line, place, unnest(from_json(body, '["JSON"]')) as body,
      unnest(range(cast(json_array_length(body) as bigint))) as i
    from documents where mark = '[')
  union all
  select line, list_append(place, i), entry.fullUrl, entry.resource from (
    select line, place, unnest(entries) as entry, unnest(range(len(entries))) as i from (
      select line, place, from_json(body, '{{"entry":[{{"fullUrl":"VARCHAR","resource":"JSON"}}]}}').entry as entries
      from documents where mark = '{{' and head[1] = 'Bundle'))
  where entry.resource is not null
  union all
  select line, place, url, body from documents where not {inner}
) where body is not null
""".replace("{head}", _HEAD)
_INNER = "(mark = '[' or mark = '{' and coalesce(head[1], '') = 'Bundle')"
_RESOURCE = """
create or replace temp table resource as
select row_number() over (order by line, place) as n, {row} as row, head[1] as type,
  head[1] || '/' || coalesce(head[2], regexp_extract(nullif(url, ''), '[^/:]+$')) as id, body
from documents where mark = '{{' and head[1] is not null and head[1] <> 'Bundle'
"""
_CONTAINED = """
insert into resource
select (select max(n) from resource) + row_number() over () as n, row, part ->> '$.resourceType',
  owner || '#' || (part ->> '$.id'), part
from (
  select row, id as owner, unnest(from_json(body, '{"contained":["JSON"]}').contained) as part
  from resource where type in ('Claim', 'ExplanationOfBenefit') and contains(body, '"contained"'))
where part ->> '$.resourceType' is not null
"""


def unfold(engine: duckdb.DuckDBPyConnection, data: Documents) -> list[Rejected]:
    """Make ``resource`` from the texts of a piece; returns what is no resource."""
    texts, lines, rejects = _texts(data)
    engine.register("texts", pa.table({"line": lines, "body": texts}))
    engine.execute(
        "create or replace temp table documents as "
        f"select line, [0] as place, null::varchar as url, body, {_HEAD} from texts"
    )
    engine.unregister("texts")
    rejects += _rejected(engine, "select line, body, null from documents where head is null", "bad_json")
    engine.execute("delete from documents where head is null")
    for _ in range(_DEPTH):
        if not _some(engine, f"from documents where {_INNER}"):
            break
        _localise(engine)
        engine.execute(_OPENED.format(inner=_INNER))
        engine.execute("create or replace temp table documents as from opened")
    row = "row_number() over (order by line, place)" if data.whole else "line"
    rejects += _rejected(
        engine,
        f"select row, body, head[1] from (select {row} as row, * from documents) "
        "where mark <> '{' or head[1] is null or head[1] = 'Bundle'",
        "no_resource",
    )
    engine.execute(_RESOURCE.format(row=row))
    if b'"contained"' in data.data:
        engine.execute(_CONTAINED)
    return [("settlement", reject) for reject in rejects] + _misshapen(engine) + _nameless(engine)


def _texts(data: Documents) -> tuple[pa.Array, npt.NDArray[np.int64], list[Reject]]:
    """JSON texts, their fractions quoted, with their lines; those that are no UTF-8 are rejected."""
    found = pc.replace_substring_regex(pa.array([data.data]), _FRACTION, _QUOTED)
    if not data.whole:
        found = pc.split_pattern(found, "\n").values
    lines = np.arange(data.first, data.first + len(found))
    kept = pc.match_substring_regex(found, r"[^\s\v]")
    found, lines = found.filter(kept), lines[kept.to_numpy(zero_copy_only=False)]
    try:
        return found.cast(pa.string()), lines, []
    except pa.ArrowInvalid:
        good = np.array([_is_utf8(text) for text in found.to_pylist()])
    broken = zip(lines[~good].tolist(), found.filter(pa.array(~good)).to_pylist(), strict=True)
    rejects = [Reject(line, "bad_json", text.decode("utf-8", "replace")[:_SHOWN]) for line, text in broken]
    return found.filter(pa.array(good)).cast(pa.string()), lines[good], rejects


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rejected(engine: duckdb.DuckDBPyConnection, select: str, code: str) -> list[Reject]:
    return [Reject(row, code, body[:_SHOWN], value) for row, body, value in engine.execute(select).fetchall()]


def _some(engine: duckdb.DuckDBPyConnection, rest: str) -> bool:
    return engine.execute(f"select 1 {rest} limit 1").fetchone() is not None


def _localise(engine: duckdb.DuckDBPyConnection) -> None:
    """Inside a Bundle ``urn:uuid:…`` means one of its entries: put Type/id in its place."""
    found = engine.execute(
        f"select rowid, body, from_json(body, '{_NAMES}').entry from documents "
        "where mark = '{' and head[1] = 'Bundle' and contains(body, '\"urn:')"
    ).fetchall()
    for number, body, entries in found:
        names = {}
        for entry in entries or ():
            url, resource = entry["fullUrl"], entry["resource"] or {}
            if url and url.startswith("urn:") and resource.get("resourceType"):
                names[url] = f"{resource['resourceType']}/{resource['id'] or url.rpartition(':')[2]}"
        text = _LOCAL.sub(lambda match, names=names: json.dumps(names.get(match[1], match[1])), body)  # type: ignore[misc]
        engine.execute("update documents set body = ? where rowid = ?", [text, number])


def _misshapen(engine: duckdb.DuckDBPyConnection) -> list[Rejected]:
    """Resources with another structure than theirs: what stands in the wrong place would be read as nothing."""
    rejects: list[Rejected] = []
    for types, shape in ((CLAIMS, CLAIM), *(((name,), shape) for name, shape in COMPANIONS.items())):
        listed = ", ".join(f"'{name}'" for name in types)
        suspects = engine.execute(
            f"select n, row, type, body from resource where type in ({listed}) and regexp_matches(body, ?)",
            [screen(shape)],
        ).fetchall()
        wrong = []
        for n, row, kind, body in suspects:
            fault = _fault(body, shape)
            if fault:
                wrong.append(n)
                rejects.append((_TABLES.get(kind, "settlement"), Reject(row, fault[0], body[:_SHOWN], fault[1])))
        _remove(engine, wrong)
    return rejects


def _fault(body: str, shape: Shape) -> tuple[str, str | None] | None:
    """Reason and value when a resource has not its shape, or when a stricter reader cannot read it."""
    try:
        found = fault_of(json.loads(body, parse_int=str, parse_float=str), shape)
    except RecursionError:
        return "bad_structure", "nested too deeply"
    except ValueError:
        return "bad_json", None
    return ("bad_structure", ": ".join(found)) if found else None


def _nameless(engine: duckdb.DuckDBPyConnection) -> list[Rejected]:
    """Companions without an id: nothing can refer to them. (A claim may have another number: it is kept.)"""
    listed = ", ".join(f"'{name}'" for name in COMPANIONS)
    found = engine.execute(
        f"select n, row, type, body from resource where id is null and type in ({listed})"
    ).fetchall()
    _remove(engine, [n for n, _, _, _ in found])
    return [(_TABLES[kind], Reject(row, "no_id", body[:_SHOWN], kind)) for _, row, kind, body in found]


def _remove(engine: duckdb.DuckDBPyConnection, numbers: Iterable[int]) -> None:
    gone = list(numbers)
    if gone:
        engine.execute("delete from resource where list_contains(?, n)", [gone])
