"""Pictures are drawn in another process for a service; they are the same, and that process never outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from yibao.presentation.charts import engine
from yibao.presentation.charts.bars import Bar, horizontal


@pytest.fixture
def process() -> Iterator[engine._Elsewhere]:
    with engine.elsewhere():
        yield engine._elsewhere


def picture() -> str:
    return horizontal([Bar("C03 挂床住院", "C03", 5, "5 元", "挂床 5 元"), Bar("A", "A", 3, "3", "A 3")], "一句话")


def test_a_picture_is_the_same_wherever_it_is_drawn() -> None:
    here = picture()
    with engine.elsewhere():
        assert picture() == here
        assert engine._elsewhere._process is not None
    assert engine._elsewhere._process is None and picture() == here


def test_a_drawing_process_that_died_is_replaced(process: engine._Elsewhere) -> None:
    before = picture()
    died = process._process
    assert died is not None
    died.kill()
    died.wait()
    assert picture() == before and process._process is not died


def test_it_ends_with_the_last_who_wants_it(process: engine._Elsewhere) -> None:
    with engine.elsewhere():
        picture()
    assert process._process is not None and process._process.poll() is None


def test_what_cannot_be_drawn_is_said_and_the_next_is_drawn(process: engine._Elsewhere) -> None:
    with pytest.raises(ValueError, match="conversion failed"):
        engine.svg_of({"$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json", "mark": 3})
    assert picture().count("<svg") == 2


def test_none_is_left_behind_when_the_service_is_killed() -> None:
    code = (
        "import sys, time\n"
        "from yibao.presentation.charts import engine\n"
        "with engine.elsewhere():\n"
        "    engine.svg_of({'$schema': '/v6.4', 'mark': 'point', 'data': {'values': []}})\n"
        "    print(engine._elsewhere._process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        drawing = int(service.stdout.readline())
        os.kill(drawing, 0)  # it lives
        service.kill()
        service.wait()
    deadline = time.monotonic() + 20
    while _lives(drawing) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(drawing)


def test_a_stop_from_the_terminal_is_the_services_matter(process: engine._Elsewhere) -> None:
    before = picture()
    assert process._process is not None
    process._process.send_signal(signal.SIGINT)
    assert picture() == before


def _lives(pid: int) -> bool:
    """Whether a process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
