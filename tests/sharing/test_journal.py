"""The record of what left and came: it only grows, it shows what was tampered with, and a crash does not break it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from province import CITY_A, PROVINCE, Sent, add, made, send, take, visit

from yibao.ledger import open_ledger
from yibao.ledger.refusals import LedgerLocked
from yibao.sharing.journal import Journal, exchanging
from yibao.sharing.refusals import JournalBroken


def test_each_line_says_who_sent_what_to_whom_and_why(sent_up: Sent) -> None:
    ledgers, packages = sent_up
    (sent,) = Journal(ledgers[CITY_A]).entries
    assert (sent["action"], sent["receiver"], sent["level"], sent["persons"]) == ("make", PROVINCE, "L4", 3)
    assert sent["sha256"] == packages[CITY_A].sha256
    assert sent["who"] and sent["purpose"] and sent["columns"]["person"]
    assert [e["sender"] for e in Journal(ledgers[PROVINCE]).entries] == [CITY_A, "990200"]


@pytest.mark.parametrize("change", ["edit", "remove", "swap"])
def test_a_changed_line_is_found_and_stops_the_exchange(sent_up: Sent, tmp_path: Path, change: str) -> None:
    ledger = sent_up[0][CITY_A]
    for number in (2, 3):
        add(ledger, visit("a1", "ha", number, 10, 1))
        made(send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post"))
    path = Journal(ledger).path
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if change == "edit":
        lines[0] = lines[0].replace('"persons":3', '"persons":2')
    elif change == "remove":
        del lines[1]
    else:
        lines[0], lines[1] = lines[1], lines[0]
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(JournalBroken):
        Journal(ledger)
    add(ledger, visit("a1", "ha", 4, 10, 1))
    with pytest.raises(JournalBroken):
        send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post")


def test_a_line_that_a_dying_writer_left_unfinished_stands_for_nothing(sent_up: Sent, tmp_path: Path) -> None:
    ledger = sent_up[0][CITY_A]
    path = Journal(ledger).path
    with path.open("ab") as out:
        out.write(b'{"number": 2, "at": "2026')
    assert len(Journal(ledger).entries) == 1
    add(ledger, visit("a1", "ha", 2, 10, 1))
    assert made(send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post")).manifest.sequence == 2
    assert [json.loads(line)["number"] for line in path.read_bytes().splitlines()] == [1, 2]


def test_one_at_a_time(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, packages = sent_up
    with exchanging(ledgers[PROVINCE]), pytest.raises(LedgerLocked, match="another process"):
        take(ledgers, PROVINCE, packages[CITY_A].path)


#: Receives a package and dies by itself before the n-th rename or journal line; says how many there were.
RECEIVER = """
import os, pathlib, sys
from yibao.ledger import open_ledger
from yibao.sharing.journal import Journal
from yibao.sharing.receive import receive_package
steps = int(sys.argv[3])
def dying(function):
    def step(*args, **more):
        global steps
        steps -= 1
        if steps == 0:
            os._exit(9)
        return function(*args, **more)
    return step
pathlib.Path.replace = dying(pathlib.Path.replace)
Journal.write = dying(Journal.write)
receive_package(pathlib.Path(sys.argv[1]), open_ledger(sys.argv[2]))
print(int(sys.argv[3]) - steps)
"""


def receiver(package: Path, ledger: Path, step: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RECEIVER, str(package), str(ledger), str(step)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.slow
def test_a_receiver_that_dies_anywhere_is_continued_by_the_same_command(sent_up: Sent, tmp_path: Path) -> None:
    ledgers, _ = sent_up
    add(ledgers[CITY_A], visit("a1", "ha", 2, 10, 1))
    package = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post")).path
    before = ledgers[PROVINCE].row_count("settlement")
    shutil.copytree(ledgers[PROVINCE].path, tmp_path / "whole")
    steps = int(receiver(package, tmp_path / "whole", 1_000_000).stdout)
    # The first, the middle, and each of the last: there the batch becomes visible, then the receipt, then the journal.
    for step in (1, steps // 2, *range(steps - 3, steps + 1)):
        copy = tmp_path / f"at{step}"
        shutil.copytree(ledgers[PROVINCE].path, copy)
        assert receiver(package, copy, step).returncode == 9
        ledgers["again"] = open_ledger(copy)
        assert ledgers["again"].row_count("settlement") in (before, before + 1)
        receipt = take(ledgers, "again", package).receipt
        assert receipt["tables"]["settlement"] == receipt["tables"]["settlement"] | {"rows_in": 1, "accepted": 1}
        assert ledgers["again"].row_count("settlement") == before + 1
        assert [e["package"] for e in Journal(ledgers["again"]).entries].count(receipt["package"]) == 1
        assert not list((copy / "packages").glob("receive-*"))
