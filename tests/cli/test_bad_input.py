"""A new analyst's mistakes at the command line: a message that can be acted on, an exit code, nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEADER = "feedetl_sn,psn_no,fixmedins_code,med_list_codg,med_chrgitm_type,cnt,pric,det_item_fee_sumamt,fee_ocur_time"
LINE = "L{},P1,H1,I1,09,2,6.25,12.50,2025-03-01 08:30:00"


def yibao(*args: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "yibao", *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "YIBAO_LANG": lang, "NO_COLOR": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good line and two bad ones, one of which would paint a terminal."""
    folder = tmp_path_factory.mktemp("raw")
    bad = [LINE.format(2).replace(",2,", ",\x1b[31mtwo,"), LINE.format(3).replace("-03-01", "-02-30")]
    (folder / "charge_line.csv").write_text("\n".join([HEADER, LINE.format(1), *bad, ""]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ledger(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ledger") / "city"
    assert yibao("ingest", raw, "--into", place).returncode == 0
    return place


def test_ingest_shows_what_it_did_not_take_and_why(raw: Path, tmp_path: Path) -> None:
    english = yibao("ingest", raw, "--into", tmp_path / "en").stdout
    assert "charge_line.csv, line 4\tfee_ocur_time\t2025-02-30 08:30:00\tnot_time\ta time that exists" in english
    assert "\\x1b[31mtwo" in english
    assert "\x1b" not in english
    chinese = yibao("ingest", raw, "--into", tmp_path / "zh", lang="zh").stdout
    assert "charge_line.csv 第 4 行" in chinese
    assert "存在的时刻" in chinese


def test_a_refusal_is_in_the_language_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "charge_line.csv").write_text(HEADER.replace(",cnt", "") + "\n", encoding="utf-8")
    done = yibao("ingest", tmp_path, "--into", tmp_path / "city", lang="zh")
    assert done.returncode == 1
    assert "charge_line.csv 第 1 行: charge_line（费用明细）缺少列：cnt" in done.stderr
    assert not (tmp_path / "city").exists()


def test_quarantine_of_nothing_and_of_an_unknown_batch(ledger: Path, tmp_path: Path) -> None:
    assert "known: b000001" in yibao("quarantine", ledger, "--batch", "b9").stderr
    (tmp_path / "charge_line.csv").write_text(f"{HEADER}\n{LINE.format(1)}\n", encoding="utf-8")
    yibao("ingest", tmp_path, "--into", tmp_path / "clean")
    assert yibao("quarantine", tmp_path / "clean").stdout == "no row is in quarantine\n"


def test_a_path_that_cannot_be_written(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for args in (
        ["quarantine", ledger, "--csv", tmp_path / "file" / "x.csv"],
        ["simulate", "--out", tmp_path / "file"],
    ):
        done = yibao(*args)
        assert done.returncode == 1
        assert "cannot be read or written: Not a directory" in done.stderr


def test_queries_with_comments_and_values_that_json_has_no_form_for(ledger: Path) -> None:
    assert yibao("query", ledger, "select 1 as n -- one").stdout == "n\n1\n"
    done = yibao("query", ledger, "select blob 'a' as b, 1.5::decimal(9, 2) as d, time '01:00' as t", "--json")
    assert json.loads(done.stdout) == [{"b": "61", "d": "1.50", "t": "01:00:00"}]
    assert yibao("query", ledger, "select 'a' || chr(10) || 'b' as x").stdout == "x\na\\nb\n"


def test_a_reader_that_has_seen_enough_is_no_failure(ledger: Path) -> None:
    command = f"{sys.executable} -m yibao query {ledger} 'select range from range(200000)' --limit 200000"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "range\n", "")


def test_laws_without_data_are_not_shown_as_clean(ledger: Path) -> None:
    done = yibao("quality", ledger, "--strict")
    assert done.returncode == 3  # what the one line refers to is not there
    assert "laws lack data, their silence is no clearance; not in the ledger: " in done.stdout


def test_an_order_for_somebody_unknown_is_not_cleared(ledger: Path, tmp_path: Path) -> None:
    order = tmp_path / "order.json"
    doc = {"person_id": "P9", "institution_id": "H1", "ordered_at": "2025-12-01", "orders": [{"item_code": "I1"}]}
    order.write_text(json.dumps(doc), encoding="utf-8")
    done = yibao("check-order", order, "--ledger", ledger)
    assert done.returncode == 0
    assert "does not know the person P9" in done.stderr
    assert "can be signed" not in done.stdout
    assert [
        r["zh"][:7] for r in json.loads(yibao("check-order", order, "--ledger", ledger, "--json").stdout)["unknown"]
    ]
    assert yibao("check-order", order, "--ledger", ledger, "--override", "").returncode == 2
    assert yibao("check-order", order, "--ledger", ledger, "--comment", "why").returncode == 2


def test_a_folder_without_laws_is_refused(ledger: Path, tmp_path: Path) -> None:
    done = yibao("run", ledger, "--law", tmp_path, "--no-report", lang="zh")
    assert done.returncode == 1
    assert "这里没有法规" in done.stderr
