"""Pages for a hundred people at once: every page that a role may open, its time, and what a browser fetches for it.

Parameterless routes are taken from the application, all others are found by following links, as people do.
"""

from __future__ import annotations

import random
import re
import secrets
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sqlalchemy import insert

from yibao.benchmarks import BenchmarkError
from yibao.benchmarks.serve_load import Answered, Asked, Connection, failed, milliseconds
from yibao.benchmarks.serve_process import served
from yibao.ledger import open_ledger
from yibao.registry import Registry
from yibao.registry.clock import china_time
from yibao.runs.demo import make_demo
from yibao.runs.laws import load_lawbook
from yibao.service.access.guard import COOKIE
from yibao.service.access.keys import digest
from yibao.service.app import guarded_routes
from yibao.service.demo import make_registry, users
from yibao.service.tables import SESSION

SESSIONS, SECONDS, PERSONS, LIMIT_MS = 100, 60, 20_000, 300.0
FIRST_LIMIT, NEXT_LIMIT = 1_200_000, 150_000
#: Seconds that a reader looks at a page before he opens the next.
LOOKS = (2.0, 8.0)
#: Addresses kept of one route; requests to find them, by one kind of reader.
OF_A_ROUTE, SEARCHED = 4, 300
SEED = 5
#: Seconds for a page that nobody has opened before: it is looked for, and not measured.
_FIRST_LOOK = 120.0
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"#]+)')
_PART = re.compile(r'<(?:link|script|img|source|object|use)\b[^>]*\b(?:href|src|data)="([^"#]+)')


@dataclass
class Reader:
    """Somebody who is signed in, and the pages he may open."""

    name: str
    role: str
    scope: str = ""
    cookie: str = ""
    pages: list[str] = field(default_factory=list)

    @property
    def kind(self) -> tuple[str, str]:
        """Those of one kind may open the same pages."""
        return self.role, self.scope

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={self.cookie}", "accept": "text/html", "accept-encoding": "gzip"}


def run(
    work: Path, persons: int = PERSONS, seconds: int = SECONDS, sessions: int = SESSIONS,
    looks: tuple[float, float] = LOOKS, searched: int = SEARCHED,
) -> dict[str, Any]:  # fmt: skip
    """Figures of ``sessions`` readers, spread over the roles, for so many seconds."""
    home, registry = work / "pages", str(work / "pages.db")
    city = work.parent / f"city-{persons}"
    if not (city / "ledger" / "CURRENT").exists():
        make_demo(city, persons, 1, load_lawbook())
    ledger = open_ledger(city / "ledger")
    home.mkdir(parents=True)
    make_registry(registry, home, ledger)
    people = [(user.name, user.role, user.scope) for user in users(ledger) if user.kind == "person"]
    people.append(("admin", "administrator", ""))
    readers = [Reader(*people[n % len(people)]) for n in range(sessions)]
    _sign_in(registry, readers)
    with served(ledger.path, registry, home) as service:
        heads = {reader.kind: reader for reader in readers}
        found = {kind: _searched(service.port, reader, searched) for kind, reader in heads.items()}
        for reader in readers:
            reader.pages = [path for paths in found[reader.kind].values() for path in paths]
        weights = [_weighed(service.port, reader) for reader in heads.values()]
        answers = _read(service.port, readers, seconds, looks)
        memory = service.peak_mb()
    wrong = failed([answer for _, answer in answers])
    slowest, lost = _by_route(answers), sorted({page for page, answer in answers if not 200 <= answer.status < 400})
    reached = {route for paths in found.values() for route in paths}
    return {
        "sessions": sessions, "seconds": seconds, "pages": len(answers), "routes": len(reached),
        "a_second": round(len(answers) / seconds, 1), "p50_ms": milliseconds([a for _, a in answers], 0.5),
        "p95_ms": milliseconds([a for _, a in answers], 0.95), "limit_ms": LIMIT_MS, "errors": sum(wrong.values()),
        "statuses": wrong or None, "failed_pages": ", ".join(lost[:5]) or None,
        "slowest_route": slowest[0][0], "slowest_route_p95_ms": slowest[0][1],
        "first_page_bytes": max(first for first, _ in weights), "first_limit": FIRST_LIMIT,
        "next_page_bytes": max(after for _, after in weights), "next_limit": NEXT_LIMIT, "server_mb": memory,
        "not_reached": ", ".join(sorted(_page_routes() - reached)) or None,
    }  # fmt: skip


def _sign_in(place: str, readers: Iterable[Reader]) -> None:
    """Sessions with both factors. They are written as sign-in writes them: a hundred passwords would be checked for
    seconds, which is as it should be and not what is measured here."""
    with Registry.open(place) as registry, registry.engine.begin() as connection:
        now = china_time()
        for reader in readers:
            reader.cookie = secrets.token_urlsafe(32)
            connection.execute(insert(SESSION), {
                "digest": digest(reader.cookie), "actor_id": reader.name, "csrf": secrets.token_urlsafe(24),
                "factors": 2, "made_at": now, "seen_at": now, "ends_at": now + timedelta(hours=10)})  # fmt: skip


def _page_routes() -> set[str]:
    """Routes that the signed-in open in a browser. (Sign-in itself is slow by design, and limited by address.)"""
    others = ("/api/", "/cds-services", "/assets/", "/sign-", "/openapi.json", "/healthz", "/readyz", "/metrics")
    routes = (route for route in guarded_routes() if "GET" in (route.methods or ()))
    return {route.path for route in routes if not route.path.startswith(others)}


def _searched(port: int, reader: Reader, most: int) -> dict[str, list[str]]:
    """Route -> addresses that this reader may open, found by ``most`` requests: plain routes, then links."""
    patterns = {path: re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path))) for path in _page_routes()}
    open_ = [path for path in sorted(patterns) if "{" not in path]
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    connection, asked = Connection(port, _FIRST_LOOK), 0
    while open_ and asked < most:
        address = open_.pop(0)
        seen.add(address)
        path = urlsplit(address).path
        route = next(
            (name for name in sorted(patterns, key=lambda n: "{" in n) if patterns[name].fullmatch(path)), None
        )
        if route is None or len(found.get(route, [])) >= OF_A_ROUTE:
            continue
        answer, asked = connection.ask(Asked("GET", address, reader.headers)), asked + 1
        if answer.status != 200:
            if answer.status >= 500 or answer.status == 0:
                raise BenchmarkError(f"{address} for {reader.role}: {answer.status}")
            continue
        found.setdefault(route, []).append(address)
        if answer.headers.get("content-type", "").startswith("text/html"):
            links = (urljoin(address, link.replace("&amp;", "&")) for link in _LINK.findall(_text(answer)))
            open_ += [link for link in dict.fromkeys(links) if link.startswith("/") and link not in seen]
    connection.close()
    return found


def _weighed(port: int, reader: Reader) -> tuple[int, int]:
    """Bytes that a browser fetches for a first page, and at most for any next one: what it may keep is fetched once."""
    kept: set[str] = set()
    connection = Connection(port)
    weights = []
    for page in reader.pages:
        answer = connection.ask(Asked("GET", page, reader.headers))
        size, parts = len(answer.body), []
        if answer.headers.get("content-type", "").startswith("text/html"):
            parts = [urljoin(page, part) for part in _PART.findall(_text(answer))]
        for part in dict.fromkeys(parts):
            if part not in kept and part.startswith("/"):
                more = connection.ask(Asked("GET", part, reader.headers))
                size += len(more.body)
                if "max-age" in more.headers.get("cache-control", ""):
                    kept.add(part)
        if "attachment" not in answer.headers.get("content-disposition", ""):
            weights.append(size)
    connection.close()
    return (weights[0], max(weights[1:], default=0)) if weights else (0, 0)


def _read(port: int, readers: list[Reader], seconds: int, looks: tuple[float, float]) -> list[tuple[str, Answered]]:
    """Every reader opens one page after another, looking at each for a while."""
    end, all_, lock = time.perf_counter() + seconds, [], threading.Lock()

    def one(number: int) -> None:
        reader, chance, connection = readers[number], random.Random(SEED * 1000 + number), Connection(port)
        time.sleep(chance.uniform(0, looks[1]))
        mine = []
        while reader.pages and time.perf_counter() < end:
            page = chance.choice(reader.pages)
            mine.append((page, connection.ask(Asked("GET", page, reader.headers))))
            time.sleep(chance.uniform(*looks))
        connection.close()
        with lock:
            all_.extend(mine)

    with ThreadPoolExecutor(len(readers)) as pool:
        list(pool.map(one, range(len(readers))))
    return all_


def _by_route(answers: Iterable[tuple[str, Answered]]) -> list[tuple[str, float]]:
    """Addresses without their last parts, the slowest first, with their p95."""
    groups: dict[str, list[Answered]] = {}
    for page, answer in answers:
        groups.setdefault("/".join(urlsplit(page).path.split("/")[:3]) or "/", []).append(answer)
    return sorted(((name, milliseconds(list_, 0.95)) for name, list_ in groups.items()), key=lambda row: -row[1])


def _text(answer: Answered) -> str:
    import gzip

    body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
    return body.decode("utf-8", "replace")
