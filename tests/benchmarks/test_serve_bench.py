"""The load on the service, for a second or two: figures come out, and a kill loses and doubles nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from yibao.benchmarks import BenchmarkError, serve_pages, serve_settlements
from yibao.benchmarks.serve import run
from yibao.benchmarks.serve_city import System, orders
from yibao.benchmarks.serve_load import Answered, failed, milliseconds
from yibao.runs.demo import Demo
from yibao.service.systems.orders import Draft as OrderCheck


def test_times_are_ranked_and_failures_are_counted() -> None:
    answers = [Answered(n / 1000, 200 if n < 98 else 0 if n == 98 else 503) for n in range(100)]
    assert (milliseconds(answers, 0.5), milliseconds(answers, 0.99), milliseconds(answers, 1.0)) == (50.0, 99.0, 99.0)
    assert failed(answers) == {0: 1, 503: 1}
    assert milliseconds([], 0.99) == 0.0


def test_a_part_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="no part 'nonsense'"):
        run(scale=1_000, work=tmp_path, part="nonsense")


def test_orders_are_of_the_hospitals_that_send_them(demo: Demo) -> None:
    systems = [System(row["institution_id"], f"key-{row['institution_id']}") for row in _hospitals(demo)]
    asked = orders(demo.ledger, systems, ["990300050000000"], 30)
    assert len(asked) == 30
    for one in asked:
        assert one.headers["authorization"] == f"Bearer key-{one.body['institution_id']}"
        assert OrderCheck(**one.body).orders[0].item_code == "990300050000000"


def _hospitals(demo: Demo) -> list[dict[str, str]]:
    rows = demo.ledger.rows("institution", "kind", ["1"]).select(["institution_id"]).to_pylist()
    return list(rows)


def test_killed_service_and_killed_database_lose_and_double_nothing(demo: Demo, tmp_path: Path) -> None:
    said = serve_settlements.run(demo.ledger, tmp_path, seconds=1, kills=2)
    assert (said["lost"], said["doubled"], said["contradictions"], said["trail_sound"]) == (0, 0, 0, True)
    assert said["kills"] == 2 and said["retried"] > 0 and said["acknowledged"] > 150 and said["errors"] == 0


def test_pages_are_found_read_and_weighed(demo: Demo, tmp_path: Path) -> None:
    work = tmp_path / "serve"
    work.mkdir()
    shutil.copytree(demo.folder, tmp_path / "city-7")
    said = serve_pages.run(work, persons=7, seconds=2, sessions=8, looks=(0.05, 0.2), searched=90)
    assert said["errors"] == 0 and said["pages"] > 10
    assert "/audit/clues/{clue_id}" not in (said["not_reached"] or "").split(", ")
    assert 1_000 < said["first_page_bytes"] < said["first_limit"]
    assert said["next_page_bytes"] < said["next_limit"]
