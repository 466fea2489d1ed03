"""No byte of a package is free: whatever is changed, cut, added or forged is refused and named."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from province import CITY_A, CITY_B, PROVINCE, Sent, send, take

from yibao.errors import YibaoError
from yibao.ledger import Ledger
from yibao.sharing.archive import Member, open_archive, unpack, write_archive
from yibao.sharing.keys import new_key, read_private
from yibao.sharing.refusals import PackageDamaged, PackageRefused
from yibao.sharing.trust import distrust, trust
from yibao.sharing.verify import check_content, read_head


def check(package: Path) -> None:
    """All that protects the bytes, without unpacking them."""
    head = read_head(package)
    unpack(head.sealed, head.manifest.members(), None, lambda done, total: None)


@pytest.fixture(scope="module")
def package(_sent_up: Sent) -> bytes:
    return _sent_up[1][CITY_A].path.read_bytes()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk") / "package.tar"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(package: bytes, desk: Path, at: float, bit: int) -> None:
    changed = bytearray(package)
    changed[int(at * len(package))] ^= 1 << bit
    desk.write_bytes(changed)
    with pytest.raises((PackageDamaged, PackageRefused)):
        check(desk)


@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 1, exclude_max=True))
def test_any_cut_is_found(package: bytes, desk: Path, at: float) -> None:
    desk.write_bytes(package[: int(at * len(package))])
    with pytest.raises(PackageDamaged):
        check(desk)


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=2_000))
def test_noise_is_no_package(desk: Path, noise: bytes) -> None:
    desk.write_bytes(noise)
    with pytest.raises(PackageDamaged):
        check(desk)


def test_the_damaged_file_is_named(package: bytes, desk: Path) -> None:
    desk.write_bytes(package)
    check(desk)
    with tarfile.open(desk) as tar:
        places = {member.name: (member.offset, member.offset_data, member.size) for member in tar}
    assert {"manifest.json", "manifest.sig", "tables/settlement.parquet"} <= set(places)
    for name, (header, data, size) in places.items():
        spots = [header, data, data + size - 1, *([data + size] if size % 512 else [])]
        for spot in spots:
            desk.write_bytes(package[:spot] + bytes([package[spot] ^ 1]) + package[spot + 1 :])
            with pytest.raises(PackageDamaged, match="manifest" if name == "manifest.sig" else name):
                check(desk)
    desk.write_bytes(package + b"\0")
    with pytest.raises(PackageDamaged, match="longer"):
        check(desk)


def forge(
    sent: Sent, folder: Path, change: Mapping[str, Any], *, key: str = CITY_A, tables: Mapping[str, Any] | None = None
) -> Path:
    """A package that would be city A's next one, but for a change in its manifest; properly signed by somebody."""
    original, signer = sent[1][CITY_A].path, read_private(sent[0][CITY_A].path.with_name(f"{key}.key"))
    head = read_head(original)
    doc = json.loads(head.sealed.manifest)
    doc |= {"package": "next", "previous": doc["package"], "sequence": 2, **change}
    for name, more in (tables or {}).items():
        doc["tables"][name] = doc["tables"].get(name, {}) | more
    (folder / "files").mkdir()
    paths = unpack(head.sealed, head.manifest.members(), folder / "files", lambda done, total: None)
    target = folder / "forged.tar"
    files = [(m.path, paths[m.path]) for m in head.manifest.members()]
    write_archive(target, json.dumps(doc).encode(), signer, files)
    return target


def refused(sent: Sent, package: Path, words: str, receiver: str = PROVINCE, kind: type = YibaoError) -> None:
    """Receiving is refused in these words, in both languages, and leaves the ledger as it was."""
    ledger = sent[0][receiver]
    before = (
        ledger.snapshot_id,
        (ledger.path / "packages" / "journal.jsonl").read_bytes() if receiver == PROVINCE else b"",
    )
    with pytest.raises(kind, match=words) as caught:
        take(sent[0], receiver, package)
    assert caught.value.zh != caught.value.what
    ledger.refresh()
    assert ledger.snapshot_id == before[0]
    if receiver == PROVINCE:
        assert (ledger.path / "packages" / "journal.jsonl").read_bytes() == before[1]


def test_a_manifest_that_leads_elsewhere_is_no_manifest(sent_up: Sent, tmp_path: Path) -> None:
    table = json.loads(read_head(sent_up[1][CITY_A].path).sealed.manifest)["tables"]["region"]
    outside = {"../../outside": table | {"path": "tables/../../outside.parquet"}}
    refused(sent_up, forge(sent_up, tmp_path, {}, tables=outside), "no place for")


def test_sizes_beyond_the_file_are_refused_before_anything_is_read(sent_up: Sent, tmp_path: Path) -> None:
    bomb = forge(sent_up, tmp_path, {}, tables={"region": {"size": 1 << 50}})
    refused(sent_up, bomb, "cut short")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"rows": 12}, "5 rows, not 12"),
        ({"content": "0" * 64}, "its content is not"),
        ({"columns": {"region_code": "text"}}, "lacks region.name"),
        ({"columns": {"region_code": "text", "name": "text", "level": "text"}}, "its columns are not"),
        ({"columns": {"region_code": "text", "moon": "text"}}, "the column region.moon, which this program does not"),
        ({"columns": {"region_code": "money"}}, "region.region_code as money"),
        ({"sha256": "0" * 64}, "not as it was when the package was signed"),
    ],
)  # fmt: skip
def test_tables_that_are_not_what_the_manifest_says(
    sent_up: Sent, tmp_path: Path, table: Mapping[str, Any], words: str
) -> None:
    refused(sent_up, forge(sent_up, tmp_path, {}, tables={"region": table}), words)


def test_money_that_is_not_what_the_manifest_says(sent_up: Sent, tmp_path: Path) -> None:
    money = sent_up[1][CITY_A].manifest.tables["settlement"].money
    assert money == 10_000 + 700 + 50_000
    forged = forge(sent_up, tmp_path, {}, tables={"settlement": {"money": money + 1}})
    refused(sent_up, forged, "money 60700, not 60701")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2, "yibao": "9.9"}, "has form 2 .made by yibao 9.9.; this program reads up to 1"),
        ({"surprise": 1}, "not well formed: surprise"),
        ({"tables": {}, "sequence": 0}, "not well formed: sequence"),
        ({"created_at": "yesterday"}, "not well formed"),
        ({"receiver": {"region": CITY_B, "name": "B"}}, "for region 990200, this ledger belongs to 990000"),
        ({"kind": "return"}, "comes from above, but 990100 is not above 990000"),
        ({"sender": {"region": CITY_B, "name": "B"}}, "trusted for region 990100, the package says it is from 990200"),
        ({"previous": None}, "follows none"),
        ({"currency": "USD"}, "in CNY, not in USD"),
    ],
)  # fmt: skip
def test_manifests_that_do_not_fit(sent_up: Sent, tmp_path: Path, change: Mapping[str, Any], words: str) -> None:
    refused(sent_up, forge(sent_up, tmp_path, change), words)


def test_an_unknown_key_and_one_no_longer_trusted(sent_up: Sent, tmp_path: Path) -> None:
    ledger = sent_up[0][PROVINCE]
    new_key(tmp_path / "thief.key", CITY_A, "city A", None)
    forged = forge(sent_up, tmp_path, {}, key="thief")
    refused(sent_up, forged, "a key that is not trusted here", kind=PackageRefused)
    print_ = read_head(sent_up[1][CITY_A].path).fingerprint
    distrust(ledger, print_)
    refused(sent_up, sent_up[1][CITY_A].path, "a key that is not trusted here")
    with pytest.raises(YibaoError, match="no key"):
        distrust(ledger, print_)


def test_a_key_of_another_region_cannot_speak_for_this_one(sent_up: Sent, tmp_path: Path) -> None:
    refused(sent_up, forge(sent_up, tmp_path, {}, key=CITY_B), "trusted for region 990200")


def test_a_region_cannot_report_bills_in_the_name_of_another(sent_up: Sent, tmp_path: Path) -> None:
    change = {"sender": {"region": CITY_B, "name": "B"}, "previous": sent_up[1][CITY_B].manifest.package}
    refused(sent_up, forge(sent_up, tmp_path, change, key=CITY_B), "holds bills reported by 990100")


def test_what_reading_needs_is_unpacked_and_nothing_else(sent_up: Sent, tmp_path: Path) -> None:
    head = read_head(sent_up[1][CITY_A].path)
    folder = tmp_path / "out"
    folder.mkdir()
    found = check_content(head, folder, lambda stage, done, total: None)
    assert set(found) == set(head.manifest.tables)
    assert {path.parent for path in found.values()} == {folder}


def test_members_must_come_in_the_order_of_the_manifest(sent_up: Sent) -> None:
    sealed = open_archive(sent_up[1][CITY_A].path)
    members = read_head(sealed.package).manifest.members()
    with pytest.raises(PackageDamaged):
        unpack(sealed, [*reversed(members)], None, lambda done, total: None)
    with pytest.raises(PackageDamaged):
        unpack(sealed, [*members, Member("tables/more.parquet", 1, "0" * 64)], None, lambda done, total: None)


def test_a_return_goes_to_its_receiver_only(sent_up: Sent, tmp_path: Path) -> None:
    ledgers = sent_up[0]
    back = send(ledgers, PROVINCE, CITY_A, tmp_path / "post")
    assert back is not None
    trust(ledgers[CITY_B], read_private(ledgers[CITY_A].path.with_name(f"{PROVINCE}.key")).public)
    refused(sent_up, back.path, "for region 990100, this ledger belongs to 990200", receiver=CITY_B)


def test_a_ledger_that_belongs_to_nobody_takes_nothing(sent_up: Sent, tmp_path: Path) -> None:
    ledger: Ledger = sent_up[0][PROVINCE]
    (ledger.path / "packages" / "own.json").unlink()
    refused(sent_up, sent_up[1][CITY_A].path, "does not say whose it is")
