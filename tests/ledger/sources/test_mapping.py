"""A mapping of one's own: mistakes are told by line before a file is read, and no record is lost by it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from yibao.errors import UsageError, YibaoError
from yibao.ledger import open_ledger
from yibao.ledger.contracts import load_contracts
from yibao.ledger.ingest import ingest
from yibao.ledger.refusals import HeaderRefused, NothingToRead, WrongCurrency
from yibao.ledger.report import IngestReport
from yibao.ledger.sources import get_source, source_names
from yibao.ledger.sources.mapped import MappedSource, read_mapping
from yibao.ledger.sources.mapped_select import SourceError
from yibao.ledger.sources.mapping_check import MappingRefused

JOINED = "views:\n  known: select b.* from bills as b inner join people as p on p.id = b.id\ntables:"
TOWNS = """\
  towns: {lookup: true, columns: [id, town]}
views:
  all_people: select p.*, t.town from people as p left join towns as t on t.id = p.id
tables:"""
MAPPING = """\
name: own
currency: CNY
relations:
  people: {columns: [id, sex]}
  bills:
    several: true
    optional: true
    columns: [no, id, paid]
tables:
  - table: person
    from: people
    columns: {person_id: id, sex: {sql: sex, values: {男: "1"}}}
  - table: contribution
    from: bills
    set_aside: [{code: cancelled, when: paid like 'X%'}]
    columns:
      contribution_id: no
      person_id: id
      month: "'2025-01-01'"
      amount: replace(paid, 'X', '')
"""


def mapping(folder: Path, text: str = MAPPING) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def raw(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def take(tmp_path: Path, text: str = MAPPING, **files: str) -> IngestReport:
    own = mapping(tmp_path / "own", text)
    report = ingest(raw(tmp_path / "raw", **files), str(own), tmp_path / "ledger")
    for tally in report.tables.values():
        assert tally.rows_in == tally.accepted + tally.quarantined + tally.duplicates
        assert tally.money_in == tally.money_accepted + tally.money_quarantined + tally.money_duplicates
    return report


def told(tmp_path: Path) -> list[tuple[str, int, str, str | None]]:
    found = open_ledger(tmp_path / "ledger").quarantine().to_pylist()
    return [(r["file"], r["row"], r["code"], r["value"]) for r in found if r["sequence"] == 1]


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(MappingRefused) as refused:
        read_mapping(mapping(tmp_path / "own", text), load_contracts())
    return [f"{p.line}: {p.message}" for p in refused.value.problems]


# --- what is wrong with a mapping ------------------------------------------------------------------------------------

MISTAKES = {
    "unknown key": ("several: true", "sevral: true", "6: relations.bills.sevral: unknown key"),
    "missing key": ("currency: CNY\n", "", "currency: missing key"),
    "no currency": ("currency: CNY", "currency: yuan", "2: currency: String should match pattern"),
    "unknown table": ("table: person", "table: persn", "is called 'persn': did you mean person?"),
    "result table": ("table: person", "table: finding", "no table of the ledger is called 'finding'"),
    "unknown column": ("person_id: id, sex:", "person_id: id, sexx:", "12: tables.0.columns.sexx: no column of"),
    "the ledger's own": ("person_id: id, sex:", "batch_id: id, person_id: id, sex:", "the ledger writes this"),
    "required column": ("      amount: replace(paid, 'X', '')\n", "", "tables.1.columns: contribution needs"),
    "unknown relation": ("from: bills", "from: bils", "'bils' is no relation or view: did you mean bills?"),
    "unknown raw column": ("month: \"'2025-01-01'\"", "month: monthh", "tables.1.columns.month: Binder Error"),
    "broken SQL": ("replace(paid, 'X', '')", "replace(paid,", "20: tables.1.columns.amount: Parser Error"),
    "two statements": ("replace(paid, 'X', '')", "paid) from people; select (1", "expected one expression"),
    "binary fraction": ("replace(paid, 'X', '')", "cast(paid as double)", "calculate with number(x)"),
    "a list": ("replace(paid, 'X', '')", "list_value(paid)", "not a single value"),
    "chance": ("replace(paid, 'X', '')", "cast(random() * 100 as int)", "not the same each time"),
    "the clock": ("\"'2025-01-01'\"", "current_date", "not the same each time"),
    "another file": (
        "replace(paid, 'X', '')", "(select content from read_text('/etc/hostname'))", "amount: Permission",
    ),
    "the network": (
        "replace(paid, 'X', '')", "(select a from read_csv('http://localhost/x.csv'))", "tables.1.columns.amount:",
    ),
    "condition": ("when: paid like 'X%'", "when: payd like 'X%'", "15: tables.1.set_aside.0.when: Binder Error"),
    "reason": ("code: cancelled", "code: because", "set_aside.0.code: Input should be 'superseded'"),
    "records lost": ("    from: people", "    from: people\n    where: sex = '男'", "people: no table takes every"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_by_line_and_key(tmp_path: Path, name: str) -> None:
    before, after, says = MISTAKES[name]
    assert before in MAPPING
    assert any(says in message for message in problems(tmp_path, MAPPING.replace(before, after, 1)))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = MAPPING.replace("table: person", "table: persn").replace("from: bills", "from: bils")
    assert len(problems(tmp_path, text)) == 3  # the relation that nobody reads any more is the third


def test_views_are_checked_and_must_pass_on_the_place_of_the_record(tmp_path: Path) -> None:
    text = MAPPING.replace("tables:", "views:\n  all_bills: select no, id, paid from bills\ntables:")
    text = text.replace("from: bills", "from: all_bills\n    one_per: bills")
    assert problems(tmp_path, text) == [
        "16: tables.1.from: all_bills does not pass on _row, the place of the record: select it too"
    ]
    broken = text.replace("select no, id", "select nix, id")
    assert problems(tmp_path, broken)[0].startswith(
        '10: views.all_bills: Binder Error: Referenced column "nix" not found'
    )


def test_shipped_mappings_pass_the_same_check() -> None:
    sources = [source for name in source_names() if isinstance(source := get_source(name), MappedSource)]
    assert {source.name for source in sources} >= {"cms", "omop", "openimis", "synpuf"}
    folder = Path(__file__).resolve().parents[3] / "src" / "yibao" / "ledger" / "sources"
    for source in sources:
        assert read_mapping(folder / source.name, load_contracts()).text == source.text
        assert all(source.about), source.name


def test_what_is_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown source 'nowhere'.*mapping\.yaml"):
        get_source("nowhere")
    with pytest.raises(YibaoError, match="No such file"):
        get_source(str(tmp_path / "mapping.yaml"))
    assert problems(tmp_path, "- a list") == ["1: expected keys such as name, relations and tables"]
    (tmp_path / "own" / "mapping.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(YibaoError, match="not UTF-8"):
        get_source(str(tmp_path / "own"))


# --- what becomes of the records -------------------------------------------------------------------------------------


def test_records_and_money_of_several_files_with_their_places(tmp_path: Path) -> None:
    report = take(
        tmp_path,
        people="id,sex,more\n 1 ,男,x\n2,?,y\n",
        bills_2024="no,id,paid\na,1,10.00\nb,1,X2.50\n",
        bills_2025="no,id,paid\nc,1,1.005\nd,1\ne,2,0.50\n",
    )
    bills = report.tables["contribution"]
    assert (bills.rows_in, bills.accepted, bills.quarantined) == (5, 2, 3)
    assert (bills.money_in, bills.money_accepted, bills.money_quarantined, bills.unreadable) == (1300, 1050, 250, 2)
    assert set(told(tmp_path)) == {
        ("people.csv", 3, "unknown_code", "?"),
        ("bills_2024.csv", 3, "cancelled", None),
        ("bills_2025.csv", 2, "not_money", "1.005"),
        ("bills_2025.csv", 3, "too_few_cells", "2 / 3"),
    }
    assert "person.person_id: 1 cell had blanks at the ends, taken without them" in report.messages


def test_ids_with_blanks_meet_in_joins(tmp_path: Path) -> None:
    text = MAPPING.replace("tables:", JOINED)
    text = text.replace("from: bills", "from: known\n    one_per: bills")
    report = take(tmp_path, text, people="id,sex\n1\u3000,男\n", bills="no,id,paid\na, 1,10\n")
    assert report.tables["contribution"].accepted == 1


def test_a_join_that_loses_or_doubles_records_is_refused(tmp_path: Path) -> None:
    text = MAPPING.replace("tables:", JOINED)
    text = text.replace("from: bills", "from: known\n    one_per: bills")
    with pytest.raises(SourceError, match="bills has 2 records, contribution 1 rows of them"):
        take(tmp_path, text, people="id,sex\n1,男\n", bills="no,id,paid\na,1,10\nb,9,10\n")
    with pytest.raises(SourceError, match=r"bills\.csv, line 2: this record gives 2 rows of contribution"):
        take(tmp_path, text, people="id,sex\n1,男\n1,男\n", bills="no,id,paid\na,1,10\n")
    assert not (tmp_path / "ledger").exists()


def test_tables_that_share_the_records_of_a_relation_take_all_of_them(tmp_path: Path) -> None:
    text = (
        MAPPING[: MAPPING.index("  - table: contribution")]
        + """\
  - table: contribution
    from: bills
    one_per: bills
    where: no <> 'b'
    columns: {contribution_id: no, person_id: id, month: "'2025-01-01'", amount: paid}
  - table: household
    from: bills
    one_per: bills
    where: no = 'b'
    columns: {household_id: no}
"""
    )
    files = {"people": "id,sex\n1,男\n", "bills": "no,id,paid\na,1,10\nb,1,5\nc,1,5\n"}
    assert take(tmp_path, text, **files).rows_in == 4
    less = str(mapping(tmp_path / "own", text.replace("no <> 'b'", "no = 'a'")))
    with pytest.raises(SourceError, match="bills has 3 records, household 2 rows of them"):
        ingest(tmp_path / "raw", less, tmp_path / "new")


def test_any_raw_file_will_do(tmp_path: Path) -> None:
    """GB18030, a sheet below its title, Parquet: the same rows."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "people.csv").write_bytes("id,sex\n1,男\n".encode("gb18030"))
    pq.write_table(pa.table({"NO": [1.0, 2.0], "Id": [1, 1], "paid": [0.1 + 0.2, 12.5]}), folder / "bills_a.parquet")
    with xlsxwriter.Workbook(str(folder / "b.xlsx")) as book:
        sheet = book.add_worksheet("Bills 2025")
        for at, cells in enumerate([["a title"], ["no", "id", "paid"], [3, "1", 7.25], [330102199001011234, "1", 1]]):
            sheet.write_row(at, 0, cells)
    report = ingest(folder, str(mapping(tmp_path / "own")), tmp_path / "ledger")
    assert report.tables["contribution"].money_accepted == 1250 + 725
    assert set(told(tmp_path)) == {
        ("bills_a.parquet", 1, "not_money", "0.30000000000000004"),
        ("b.xlsx, sheet Bills 2025", 4, "lost_digits", "no: 3.301021990010113e+17"),
    }


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match="no file for people") as lacking:
        take(tmp_path, notes="x\n1\n")
    assert lacking.value.mend_zh == "目录中应有 …people…（.csv、.xlsx 或 .parquet）"
    with pytest.raises(HeaderRefused, match=r"people\.csv, line 1: without the column sex"):
        take(tmp_path, people="id\n1\n")
    wide = MAPPING.replace("[id, sex]", "[id, sex, b, c, d, e, f]")
    with pytest.raises(HeaderRefused, match=r"no people of this .* sex, b, c, d, e and 1 more .*yibao source list"):
        take(tmp_path, wide, people="id\n1\n")
    report = take(tmp_path, people="id,sex\n1,男\n", notes="x\n1\n")
    assert "no file for bills: nothing of it is taken in" in report.messages
    assert "notes.csv: left aside, the source does not read it" in report.messages
    assert any(message.startswith("the files hold no amounts") for message in report.messages)


def test_a_lookup_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    text = MAPPING.replace("tables:", TOWNS)
    text = text.replace("from: people", "from: all_people\n    one_per: people").replace(
        "person_id: id,", "person_id: id, x_town: town,"
    )
    assert take(tmp_path, text, people="id,sex\n1,男\n", towns="id,town\n1,A\n").accepted == 1
    with pytest.raises(SourceError, match=r"towns\.csv, line 3.*too_few_cells"):
        take(tmp_path, text, people="id,sex\n1,男\n", towns="id,town\n1,A\n2\n")


def test_a_currency_that_the_files_do_not_say_must_be_given(tmp_path: Path) -> None:
    own = str(mapping(tmp_path / "own", MAPPING.replace("currency: CNY", "currency: ask")))
    folder = raw(tmp_path / "raw", people="id,sex\n1,男\n", bills="no,id,paid\na,1,10\n")
    with pytest.raises(WrongCurrency, match=r"do not say in which currency.*--currency"):
        ingest(folder, own, tmp_path / "ledger")
    assert not (tmp_path / "ledger").exists()
    assert ingest(folder, own, tmp_path / "ledger", currency="TZS").currency == "TZS"
    (folder / "bills.csv").unlink()
    assert ingest(folder, own, tmp_path / "moneyless").accepted == 1


def test_the_same_files_again_are_duplicates(tmp_path: Path) -> None:
    files = {"people": "id,sex\n1,男\n", "bills": "no,id,paid\na,1,10\n"}
    take(tmp_path, **files)
    again = take(tmp_path, **files)
    assert (again.rows_in, again.duplicates, again.batch_id) == (2, 2, None)
    other = MAPPING.replace("'2025-01-01'", "'2025-02-01'")
    assert take(tmp_path, other, **files).tables["contribution"].quarantined == 1  # another reading is another content
