"""The service as a process: everything starts by one command, ends politely, and its log names nobody."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from yibao.benchmarks.serve_process import ready
from yibao.ledger import open_ledger
from yibao.runs.demo import Demo
from yibao.service.protocol import HEAD_LIMIT

#: One process, started, used and ended in order by one worker.
pytestmark = pytest.mark.xdist_group("running_service")


class Running:
    """`yibao serve --demo` below a folder."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.home, self.log = home, home.parent / "log"
        words = ["-m", "yibao", "serve", "--demo", "--home", str(home), "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, "LANG": "C.UTF-8"}
            )
        end = time.monotonic() + 240
        while not ready(self.port):
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text(encoding="utf-8")[-2000:]
            time.sleep(0.1)
        self.users = json.loads((home / "users.json").read_text(encoding="utf-8"))

    def call(self, method: str, path: str, body: Any = None, user: str = "his") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"authorization": f"Bearer {self.users[user]['key']}", "content-type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text[:1] in b"{[" else text.decode()


@pytest.fixture(scope="module")
def running(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The city is the suite's: making one is what `yibao demo` does, and is tested there."""
    home = tmp_path_factory.mktemp("running") / "home"
    shutil.copytree(demo.folder, home / "city")
    made = Running(home)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_one_command_starts_api_reminders_and_console(running: Running, story: dict[str, Any]) -> None:
    assert running.call("GET", "/readyz") == (200, {"ready": True, "registry": True, "ledger": True, "serving": True})
    assert running.call("GET", "/healthz")[0] == 200
    status, page = running.call("GET", "/sign-in?lang=en")
    assert status == 200 and "<form" in page
    assert len(running.call("GET", "/cds-services")[1]["services"]) == 4
    status, said = running.call("POST", "/api/v1/order-checks", story)
    assert status == 200 and [one["law_id"] for one in said["reminders"]] == ["D01"]
    assert running.call("GET", "/metrics")[0] == 403  # figures are for the administrator and data staff
    assert (running.home / "users.json").stat().st_mode & 0o077 == 0


def test_a_head_without_an_end_is_cut_off(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ")
        with pytest.raises(OSError, match=r"(?i)reset|pipe|closed"):
            for _ in range(200):
                raw.sendall(b"a" * HEAD_LIMIT)
                time.sleep(0.01)
    assert running.call("GET", "/healthz")[0] == 200


def test_a_large_body_is_no_long_head(running: Running) -> None:
    """Two requests of several pieces on one connection: each is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    headers = {"authorization": f"Bearer {running.users['his']['key']}", "content-type": "application/json"}
    for _ in range(2):
        connection.request("POST", "/api/v1/order-checks", json.dumps({"x": "a" * 1_000_000}), headers)
        answer = connection.getresponse()
        assert answer.status == 422 and b"urn:yibao:problem:form" in answer.read()
    connection.close()


def test_it_ends_politely_and_what_was_answered_is_kept(running: Running, story: dict[str, Any]) -> None:
    order = {"rx_id": "r1", "hilist_code": story["orders"][0]["item_code"], "drord_begn_date": story["ordered_at"]}
    visit = {"mdtrt_id": story["encounter_id"], "medins_id": story["institution_id"], "dr_codg": "dr-end",
             "fsi_order_dtos": [order]}  # fmt: skip
    asked = {"trig_scen": "5", "patient_dtos": [{"patn_id": story["person_id"], "fsi_encounter_dtos": [visit]}]}
    (result,) = running.call("POST", "/api/v1/national/3101", asked)[1]["result"]
    warn = {"warn_rslt_id": result["jr_id"], "warn_dspo_way": "2"}
    assert running.call("POST", "/api/v1/national/3103", {"warns": [warn]}) == (200, {"kept": 1})
    # A request is half sent when the service is told to stop: it is finished first.
    body = json.dumps(story).encode()
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as raw:
        key = running.users["his"]["key"]
        head = f"POST /api/v1/order-checks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        raw.sendall(head.encode() + body[:20])
        time.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        raw.sendall(body[20:])
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200") and b'"complete":true' in answer
    assert running.process.wait(timeout=60) in (0, -signal.SIGTERM)
    rows = open_ledger(running.home / "city" / "ledger").slice(story["person_id"], ["reminder_answer"])
    assert result["jr_id"] in rows["reminder_answer"]["reminder_id"].to_pylist()


def test_the_log_is_structured_and_names_nobody(running: Running, story: dict[str, Any], demo: Demo) -> None:
    """After all of the above: no person, no name, no identity number, no key, no password."""
    running.process.wait(timeout=60)
    text = running.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    seen = {line["route"] for line in lines if line["event"] == "request"}
    assert {"/api/v1/order-checks", "/api/v1/national/3103", "/readyz"} <= seen
    assert all({"at", "level", "logger", "event"} <= set(line) for line in lines)
    person = demo.ledger.slice(story["person_id"], ["person"])["person"].to_pylist()[0]
    secrets = [value for given in running.users.values() for value in given.values()]
    for word in (person["person_id"], person["name"], person["id_number"], person["phone"], *secrets):
        assert not word or str(word) not in text
