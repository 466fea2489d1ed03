"""What leaves under each profile: no column more than it names, nobody recognisable under `statistics`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from province import CITY_A, CITY_B, PROVINCE, Sent, add, made, person, regions, send, take, visit

from yibao.errors import UsageError, YibaoError
from yibao.ledger import create_ledger
from yibao.ledger.contracts import load_contracts
from yibao.sharing.journal import Journal
from yibao.sharing.profiles import DIRECT, ProfileRefused, load_profile, shipped
from yibao.sharing.pseudonyms import new_secret, pseudonym, read_secret
from yibao.sharing.refusals import PackageRefused
from yibao.sharing.trust import own, set_own, trust, trusted
from yibao.sharing.verify import check_content, read_head


def tables_of(package: Path, folder: Path) -> dict[str, pa.Table]:
    folder.mkdir()
    found = check_content(read_head(package), folder, lambda stage, done, total: None)
    return {name: pq.read_table(path) for name, path in found.items()}


@pytest.fixture
def secret(tmp_path: Path) -> bytes:
    new_secret(tmp_path / "secret")
    return read_secret(tmp_path / "secret")


@pytest.mark.parametrize("name", shipped())
def test_shipped_profiles_say_in_both_languages_what_they_are(name: str) -> None:
    profile = load_profile(name)
    assert profile.profile == name
    assert profile.title.zh and profile.title.en and profile.about.zh and profile.about.en
    assert not {table.group for table in profile.wanted()} & {"catalogue", "result"}


def test_the_profile_of_statistics_keeps_no_direct_identifier_and_hides_every_id_of_a_person_or_an_event() -> None:
    profile = load_profile("statistics")
    for table in profile.wanted():
        for column in profile.kept(table):
            if table.name in ("institution", "region"):
                continue  # the public directory
            assert column.name not in DIRECT.get(table.name, ()), f"{table.name}.{column.name}"
            hidden = column.name in profile.pseudonym or column.name == "institution_id"
            assert hidden or not column.identity, f"{table.name}.{column.name}"
    assert profile.level(profile.wanted()) == "L3"
    assert load_profile("submission").level(load_profile("submission").wanted()) == "L4"


def test_pseudonyms_join_as_ids_did_and_births_are_years(sent_up: Sent, tmp_path: Path, secret: bytes) -> None:
    ledgers = sent_up[0]
    add(ledgers[CITY_A], person("a3", birth_date=date(1956, 7, 8), id_number="99010019560708001X", phone="13"))
    add(ledgers[CITY_A], visit("a3", "ha", 1, 500, 200))
    package = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post", profile="statistics", secret=secret))
    tables = tables_of(package.path, tmp_path / "out")
    people = {row["person_id"]: row for row in tables["person"].to_pylist()}
    a3 = people[pseudonym(secret, "a3")]
    assert a3["birth_date"] == date(1956, 1, 1)
    assert not DIRECT["person"] & set(tables["person"].column_names)
    assert set(tables["settlement"]["person_id"].to_pylist()) <= set(people)
    assert set(tables["settlement"]["encounter_id"].to_pylist()) <= set(tables["encounter"]["encounter_id"].to_pylist())
    raw = package.path.read_bytes()
    assert b"99010019560708001X" not in raw
    for name, table in tables.items():
        if name not in ("institution", "region"):
            texts = {v for c in table.itercolumns() if c.type == pa.string() for v in c.to_pylist()}
            assert not texts & {"a1", "a3", "A3", "e.a3.ha.1", "s.a3.ha.1", "l.a3.ha.1"}, name
    entry = Journal(ledgers[CITY_A]).entries[-1]
    assert (entry["level"], entry["persons"], entry["pseudonyms"]) == ("L3", 4, package.manifest.pseudonyms)
    assert entry["columns"]["person"] == sorted(tables["person"].column_names)


def test_people_under_pseudonyms_do_not_mix_with_people_under_their_ids(
    sent_up: Sent, tmp_path: Path, secret: bytes
) -> None:
    ledgers = sent_up[0]
    package = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post", profile="statistics", secret=secret))
    with pytest.raises(PackageRefused, match="pseudonyms"):
        take(ledgers, PROVINCE, package.path)
    apart = create_ledger(tmp_path / "apart")
    add(apart, {"region": regions()})
    set_own(apart, own(ledgers[PROVINCE]))
    for key in trusted(ledgers[PROVINCE]):
        trust(apart, key)
    apart.refresh()
    ledgers["apart"] = apart
    assert take(ledgers, "apart", package.path).receipt["tables"]["person"]["accepted"] == 3
    new_secret(tmp_path / "second")
    other = send(
        ledgers, CITY_B, PROVINCE, tmp_path / "post", profile="statistics", secret=read_secret(tmp_path / "second")
    )
    with pytest.raises(PackageRefused, match="pseudonyms"):
        take(ledgers, "apart", made(other).path)
    plain = sent_up[1][CITY_B]
    with pytest.raises(PackageRefused, match="pseudonyms"):
        take(ledgers, "apart", plain.path)


def test_a_return_does_not_say_how_to_reach_people(sent_up: Sent, tmp_path: Path) -> None:
    ledgers = sent_up[0]
    # What another way brought to the province about A's people.
    add(ledgers[PROVINCE], person("a9", phone="13900000000"))
    package = made(send(ledgers, PROVINCE, CITY_A, tmp_path / "post"))
    rows = tables_of(package.path, tmp_path / "out")["person"].to_pylist()
    assert [row["person_id"] for row in rows] == ["a9"]
    assert "phone" not in rows[0]


def test_a_profile_of_one_s_own(sent_up: Sent, tmp_path: Path) -> None:
    path = tmp_path / "totals.yaml"
    path.write_text(
        "profile: totals\ntitle: {zh: 总额, en: totals}\nabout: {zh: 总额, en: totals}\n"
        "tables: [settlement]\ncolumns: {settlement: [total_amount]}\ndrop: {settlement: [drug_trace]}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProfileRefused, match=r"no column settlement\.drug_trace"):
        load_profile(str(path))
    path.write_text(path.read_text(encoding="utf-8").replace("drug_trace", "scheme"), encoding="utf-8")
    package = made(send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post", profile=str(path)))
    required = {c.name for c in load_contracts()["settlement"].columns if c.required} - {"recorded_at", "batch_id"}
    assert set(package.manifest.tables) == {"settlement"}
    assert set(package.manifest.tables["settlement"].columns) == required - {"scheme"} | {"total_amount"}
    assert package.manifest.sequence == 1  # a chain of its own


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tables: [moon]", "'moon' is no table of facts"),
        ("tables: [finding]", "'finding' is no table of facts"),
        ("groups: [space]", "groups: 'space' is none of"),
        ("tables: [settlement]\ndrop: {settlement: [settlement_id]}", "settlement.settlement_id is required"),
        ("tables: [person]\nfloor: {person.name: year}", "person.name is no date"),
        ("tables: [person]\nfloor: {person.birth_date: day}", "floor"),
        ("tables: [person]\npseudonym: [amount]", "no table has a text column 'amount'"),
        ("tables: []", "no table"),
        ("tables: [person]\nsurprise: 1", "surprise"),
    ],
)
def test_a_faulty_profile_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"profile: mine\ntitle: {{zh: 我, en: me}}\nabout: {{zh: 我, en: me}}\n{text}\n", encoding="utf-8")
    with pytest.raises(YibaoError, match=words):
        load_profile(str(path))


def test_orders_that_cannot_be_carried_out(sent_up: Sent, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no profile 'everything'"):
        send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post", profile="everything")
    with pytest.raises(UsageError, match="needs a secret"):
        send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post", profile="statistics")
    with pytest.raises(UsageError, match="has no table 'moon'"):
        send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post", tables=("moon",))


def test_a_part_does_not_count_as_sent(sent_up: Sent, tmp_path: Path) -> None:
    ledgers = sent_up[0]
    add(ledgers[CITY_A], visit("a1", "ha", 7, 70, 7, day=20))
    part = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post", since=date(2026, 3, 20), tables=("settlement",)))
    assert (part.manifest.partial, part.manifest.rows) == (True, 1)
    whole = made(send(ledgers, CITY_A, PROVINCE, tmp_path / "post"))
    assert {name: table.rows for name, table in whole.manifest.tables.items()} == {
        "encounter": 1, "settlement": 1, "charge_line": 1
    }  # fmt: skip
    assert whole.manifest.previous == part.manifest.package


def test_a_scope_takes_its_people_and_its_care_only(sent_up: Sent, tmp_path: Path) -> None:
    package = made(send(sent_up[0], CITY_A, PROVINCE, tmp_path / "post", scope="980000"))
    rows = tables_of(package.path, tmp_path / "out")
    assert rows["person"]["person_id"].to_pylist() == ["x1"]
    # x1 was treated in A; a2 was treated in the other province.
    assert sorted(rows["settlement"]["settlement_id"].to_pylist()) == ["s.a2.hx.1", "s.x1.ha.1"]
