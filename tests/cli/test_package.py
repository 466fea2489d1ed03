"""Packages through the real command line: keys, a city and a province, there and back, and every mistake in words."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from yibao.cli.app import main
from yibao.cli.words import language

pytestmark = pytest.mark.slow

REGION = """region_code,name,name_en,level,parent_code,pool_code
990000,云海省,Yunhai,province,,
990100,云州市,Yunzhou,city,990000,990100
990200,海州市,Haizhou,city,990000,990200
"""
INSTITUTION = """institution_id,name,kind,level,region_code
HA,云州医院,1,3,990100
HB,海州医院,1,3,990200
"""
PERSON = "psn_no,psn_name,psn_cert_type,tel\nP1,甲,01,13900000001\n"
ENROLMENT = "psn_insu_rlts_id,psn_no,insutype,insu_admdvs,begndate\nN1,P1,310,990100,2020-01-01\n"
ENCOUNTER = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,out_med_flag\n"
SETTLEMENT = (
    "setl_id,mdtrt_id,psn_no,fixmedins_code,insutype,med_type,setl_time,medfee_sumamt,fund_pay_sumamt,insu_admdvs\n"
)


def yibao(*args: str | Path, lang: str = "en", code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line in this process: a new interpreter for each of so many commands takes minutes."""
    words = ["yibao", *map(str, args)]
    out, err, left = io.StringIO(), io.StringIO(), 0
    with patch.dict(os.environ, {"YIBAO_LANG": lang, **more}), patch.object(sys, "argv", words):
        language.cache_clear()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                left = int(ended.code or 0)
    language.cache_clear()
    assert left == code, out.getvalue() + err.getvalue()
    return subprocess.CompletedProcess(words, left, out.getvalue(), err.getvalue())


def real(*args: str | Path) -> str:
    """The installed program."""
    environment = {**os.environ, "YIBAO_LANG": "en", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "yibao", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=True).stdout


def answer(*args: str | Path) -> Any:
    return json.loads(yibao(*args, "--json").stdout)


def visits(*rows: tuple[str, str, str, str]) -> dict[str, str]:
    """(settlement, institution, total, fund) of person P1."""
    encounters, settlements = ENCOUNTER, SETTLEMENT
    for number, place, total, fund in rows:
        flag = 0 if place == "HA" else 1
        encounters += f"E{number},P1,{place},11,2026-03-01 08:00:00,{flag}\n"
        settlements += f"S{number},E{number},P1,{place},310,11,2026-03-01 09:00:00,{total},{fund},990100\n"
    return {"encounter": encounters, "settlement": settlements}


def ledger(folder: Path, region: str, files: dict[str, str]) -> Path:
    raw = folder / f"raw{region}"
    raw.mkdir()
    for name, text in files.items():
        (raw / f"{name}.csv").write_text(text, encoding="utf-8")
    yibao("ingest", raw, "--into", folder / region)
    yibao("keys", "new", folder / f"{region}.key", "--region", region, "--name", f"局 {region}")
    yibao("keys", "own", folder / region, folder / f"{region}.key.pub")
    return folder / region


def trust(folder: Path, here: str, other: str) -> None:
    told = answer("keys", "show", folder / f"{other}.key.pub")["fingerprint"]
    yibao("keys", "trust", folder / here, folder / f"{other}.key.pub", "--fingerprint", told)


def test_up_and_back(tmp_path: Path) -> None:
    places = {"region": REGION, "institution": INSTITUTION}
    city = ledger(
        tmp_path, "990100",
        {**places, "person": PERSON, "enrolment": ENROLMENT, **visits(("1", "HA", "100.00", "60.00"))},
    )  # fmt: skip
    other = ledger(
        tmp_path, "990200",
        {**places, **visits(("2", "HB", "200.00", "120.01"), ("3", "HB", "30.00", "10.00"))},
    )  # fmt: skip
    province = ledger(tmp_path, "990000", {"region": REGION})
    for here, there in (("990000", "990100"), ("990000", "990200"), ("990100", "990000")):
        trust(tmp_path, here, there)
    assert [key["region"] for key in answer("keys", "list", province)["trusted"]] == ["990100", "990200"]
    post = tmp_path / "post"
    post.mkdir()
    packages = []
    for home in (city, other):
        key = tmp_path / f"{home.name}.key"
        sent = answer("package", "make", home, "--to", "990000", "--out", post, "--key", key, "--purpose", "三月上报")
        packages.append(Path(sent["file"]))
        done = answer("package", "receive", packages[-1], "--into", province)
        assert done["receipt"]["reasons"] == {}
    package, key = packages[0], tmp_path / "990100.key"
    assert "990000" in yibao("package", "show", package).stdout
    assert "who is trusted" in real("package", "verify", package, "--ledger", province)
    assert "nothing new" in yibao("package", "make", city, "--to", "990000", "--out", post, "--key", key).stdout
    receipt = tmp_path / "receipt.json"
    signed = ("--key", tmp_path / "990000.key", "--receipt", receipt)
    assert "received before" in yibao("package", "receive", package, "--into", province, *signed).stdout
    assert "局 990000" in yibao("package", "receipt", receipt, "--ledger", city).stdout
    receipt.write_text(receipt.read_text(encoding="utf-8").replace('"accepted": 1', '"accepted": 9'), encoding="utf-8")
    assert "changed after it was signed" in yibao("package", "receipt", receipt, code=1).stderr

    total = "select cast(sum(fund_amount) as bigint) as fund, count(*) as n from settlement"
    assert answer("query", province, total) == [{"fund": 19_001, "n": 3}]
    back = answer("package", "make", province, "--to", "990100", "--out", post, "--key", tmp_path / "990000.key")
    real("package", "receive", back["file"], "--into", city)
    assert answer("query", city, total) == [{"fund": 19_001, "n": 3}]

    figures = answer("region", province)
    by_code = {row["code"]: row for row in figures["regions"]}
    assert (by_code["990100"]["fund_amount"], by_code["990100"]["elsewhere_fund_amount"]) == (19_001, 13_001)
    assert figures["cross_region"]["awaited"] == {"bills": 2, "fund": 13_001, "apart": 13_001}
    shown = yibao("region", province, lang="zh").stdout
    assert "海州市" in shown
    assert "130.01" in shown
    assert "三月上报" in yibao("package", "log", province).stdout


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return ledger(tmp_path, "990100", {"region": REGION, "person": PERSON, "enrolment": ENROLMENT})


def test_mistakes_end_with_a_message(city: Path, tmp_path: Path) -> None:
    key, out = tmp_path / "990100.key", tmp_path / "p.tar"
    make = ("package", "make", city, "--to", "990000", "--out", out, "--key", key)
    yibao(*make)
    again = (*make[:6], tmp_path / "q", "--key", key)
    cases: list[tuple[tuple[str | Path, ...], int, str]] = [
        (make, 1, "exists already"),
        ((*again, "--to", "123456"), 1, "not in the ledger's region tree"),
        ((*again, "--key", tmp_path / "no"), 1, "yibao keys new"),
        ((*again, "--profile", "x"), 2, "there is no profile 'x'"),
        (("package", "show", tmp_path / "nowhere"), 1, "cannot be read"),
        (("package", "verify", key), 1, "this is no package"),
        (("package", "receive", out, "--into", city), 1, "not trusted here"),
        (("package", "receipt", out), 1, "no receipt"),
        (("keys", "trust", city, tmp_path / "990100.key.pub", "--fingerprint", "0"), 1, "the fingerprint of this file"),
        (("keys", "new", key, "--region", "990100"), 1, "keys are not overwritten"),
        (("region", tmp_path / "nowhere"), 1, "not a ledger"),
    ]
    for args, code, words in cases:
        said = " ".join(yibao(*args, code=code).stderr.split())
        assert words in said, (args, said)


def test_a_passphrase_comes_from_the_environment_or_is_missed(city: Path, tmp_path: Path) -> None:
    key = tmp_path / "sealed"
    assert "needs a passphrase" in yibao("keys", "new", key, "--region", "990100", "--passphrase", code=1).stderr
    yibao("keys", "new", key, "--region", "990100", "--passphrase", YIBAO_KEY_PASSPHRASE="sesame")
    make = ("package", "make", city, "--to", "990000", "--out", tmp_path / "p.tar", "--key", key)
    assert "needs a passphrase" in yibao(*make, code=1).stderr
    assert "not this passphrase" in yibao(*make, code=1, YIBAO_KEY_PASSPHRASE="barley").stderr
    assert "wrote" in yibao(*make, YIBAO_KEY_PASSPHRASE="sesame").stdout
