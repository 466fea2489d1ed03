"""Keys and secrets: safe on disk, bound to a region, and refused in words when they are not what they should be."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from province import CITY_A

from yibao.engine import DuckEngine
from yibao.ledger import create_ledger
from yibao.sharing.keys import encrypted, new_key, public_path, read_private, read_public, signed_by
from yibao.sharing.pseudonyms import new_secret, pseudonym, pseudonym_sql, read_secret, secret_id, use_secret
from yibao.sharing.refusals import KeyRefused
from yibao.sharing.trust import find_trusted, own, set_own, trust, trusted


def test_a_key_signs_and_only_its_public_half_agrees(tmp_path: Path) -> None:
    made = new_key(tmp_path / "a", CITY_A, "市局", None)
    other = new_key(tmp_path / "b", CITY_A, "市局", None)
    signature = read_private(tmp_path / "a").sign(b"words")
    assert signed_by(made.raw, b"words", signature)
    assert not signed_by(made.raw, b"other words", signature)
    assert not signed_by(other.raw, b"words", signature)
    assert read_public(tmp_path / "a.pub") == made
    assert made.fingerprint != other.fingerprint


def test_the_private_file_is_its_owner_s_alone_and_never_overwritten(tmp_path: Path) -> None:
    key = tmp_path / "key"
    new_key(key, CITY_A, "", None)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(KeyRefused, match="already"):
        new_key(key, CITY_A, "", None)
    assert key.read_bytes() == before
    key.chmod(0o640)
    with pytest.raises(KeyRefused, match="others may read"):
        read_private(key)


def test_a_passphrase_protects_and_is_asked_for(tmp_path: Path) -> None:
    key = tmp_path / "key"
    new_key(key, CITY_A, "", b"open sesame")
    assert encrypted(key)
    assert read_private(key, b"open sesame").public == read_public(public_path(key))
    for wrong in (None, b"open barley"):
        with pytest.raises(KeyRefused, match="passphrase"):
            read_private(key, wrong)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"yibao_key": 1}', b"\xff\xfe", b"[1]"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pub"
    path.write_bytes(content)
    with pytest.raises(KeyRefused, match="no public key file"):
        read_public(path)
    private = tmp_path / "key"
    private.write_bytes(content)
    private.chmod(0o600)
    with pytest.raises(KeyRefused):
        read_private(private)
    with pytest.raises(KeyRefused, match="cannot be read"):
        read_private(tmp_path / "nowhere")


def test_halves_of_two_keys_are_no_pair(tmp_path: Path) -> None:
    new_key(tmp_path / "a", CITY_A, "", None)
    new_key(tmp_path / "b", CITY_A, "", None)
    public_path(tmp_path / "b").replace(public_path(tmp_path / "a"))
    with pytest.raises(KeyRefused, match="not of one key"):
        read_private(tmp_path / "a")


def test_a_ledger_belongs_to_one_region_and_trusts_who_it_was_told_to(tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "ledger")
    with pytest.raises(KeyRefused, match="does not say whose"):
        own(ledger)
    mine, other = new_key(tmp_path / "a", CITY_A, "", None), new_key(tmp_path / "b", "990200", "", None)
    set_own(ledger, mine)
    set_own(ledger, new_key(tmp_path / "c", CITY_A, "a newer key", None))
    assert own(ledger).name == "a newer key"
    with pytest.raises(KeyRefused, match="belongs to region 990100, not to 990200"):
        set_own(ledger, other)
    assert trusted(ledger) == []
    trust(ledger, other)
    assert find_trusted(ledger, other.raw) == other
    assert find_trusted(ledger, mine.raw) is None


def test_pseudonyms_are_hmac_sha256_as_other_tools_compute_it(tmp_path: Path) -> None:
    new_secret(tmp_path / "secret")
    secret = read_secret(tmp_path / "secret")
    texts = ["p1", "", "人员", "x" * 200]
    with DuckEngine(threads=1) as engine:
        use_secret(engine, secret)
        listed = ", ".join("('" + text + "')" for text in texts)
        rows = engine.execute(f"select t, {pseudonym_sql('t')} as p from (values {listed}, (null)) v(t)").to_pylist()
    assert {row["t"]: row["p"] for row in rows} == {text: pseudonym(secret, text) for text in texts} | {None: None}
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.hex()}"],
        input="人员".encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert pseudonym(secret, "人员") in said.stdout.decode()
    assert secret_id(secret) not in pseudonym(secret, "")


def test_what_is_no_secret_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("short")
    with pytest.raises(KeyRefused, match="no secret"):
        read_secret(path)
    new_secret(tmp_path / "mine")
    (tmp_path / "mine").chmod(0o644)
    with pytest.raises(KeyRefused, match="others may read"):
        read_secret(tmp_path / "mine")
