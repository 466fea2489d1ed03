"""The contracts hold together, and what is generated from them is fresh."""

from __future__ import annotations

import re

import duckdb
import pytest

from yibao.engine.portable import check as check_portable
from yibao.engine.schema import Table
from yibao.ledger import generate
from yibao.ledger.contracts import load_contracts

TABLES = load_contracts()

FACTS = [
    "person", "household", "family_link", "enrolment", "contribution", "employer", "account", "assistance_status",
    "chronic_certificate", "referral_filing", "death_source", "institution", "institution_group", "staff",
    "staff_status", "bed_device", "encounter", "settlement", "settlement_layer", "charge_line", "diagnosis",
    "procedure", "medical_order", "execution", "prescription", "exam_report", "lab_result", "leave_checkin",
    "drug_trace", "stock_move", "invoice", "terminal_event", "list_detail", "catalogue_item", "price_cap",
    "exam_class", "code_diagnosis", "code_procedure", "code_map", "fund_month", "region", "region_year",
    "survey_household", "knowledge_point", "reminder_answer", "cross_region_bill", "clue_decision",
    "exemption", "person_absence", "implant", "clinical_note", "compensation", "work_attendance",
]  # fmt: skip
RESULTS = [
    "quality_issue", "quality_month", "finding", "finding_ref", "clue", "case_group", "settlement_result",
    "settlement_step", "settlement_aside", "benefit_accumulator", "payment_line", "indicator_value", "risk_score",
    "risk_evidence",
    "enrolment_issue", "group_move", "casemix_index",
    "settlement_difference", "clearing_line", "clearing_balance", "continuity_move",
    "reform_person", "reform_group", "reform_layer", "reform_catastrophic", "reform_pooling", "money_attribution",
]  # fmt: skip

DERIVED = [
    "batch_profile", "charge_reversal", "code_in_force", "code_use", "cross_region_match", "encounter_bill",
    "encounter_region", "institution_place", "region_path",
]  # fmt: skip

#: Parts of a key in which "none" is an answer: no other code, every institution, no target, no institution, no date.
MAY_BE_EMPTY = {
    "knowledge_point": ["other_item_code"],
    "code_map": ["institution_id", "to_code"],
    "quality_month": ["institution_id", "month"],
}

each_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


def test_every_table_of_the_design_has_a_contract() -> None:
    by_kind = {
        kind: sorted(t.name for t in TABLES.values() if t.kind == kind) for kind in ("fact", "result", "derived")
    }
    assert by_kind == {"fact": sorted(FACTS), "result": sorted(RESULTS), "derived": sorted(DERIVED)}


@each_table
def test_names_are_plain_and_unique(table: Table) -> None:
    names = table.column_names
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) and not name.startswith("x_") for name in (table.name, *names))


@each_table
def test_everything_is_labelled_in_both_languages(table: Table) -> None:
    texts = [table.title, table.about]
    texts += [{"zh": item.zh, "en": item.en} for item in (*table.columns, *table.checks)]
    texts += [{"zh": code.zh, "en": code.en} for column in table.columns for code in column.codes]
    for text in texts:
        assert text["zh"].strip()
        assert text["en"].strip()
        assert not re.search(r"[\u4e00-\u9fff]", text["en"])
    assert all(re.search(r"[\u4e00-\u9fff]", text["zh"]) for text in (table.title, table.about))


@each_table
def test_national_codes_and_column_names_do_not_collide(table: Table) -> None:
    heads = [c.national for c in table.columns if c.national]
    assert len(set(heads)) == len(heads)
    others = {c.name: c.national for c in table.columns}
    # A CSV header is read as a national code or as a column name; one word must not mean two columns.
    assert not [head for head in heads if head in others and others[head] != head]


def test_national_tables_are_unique_and_no_table_name() -> None:
    stems = [t.national for t in TABLES.values() if t.national]
    assert len(set(stems)) == len(stems)
    assert not set(stems) & set(TABLES)


@each_table
def test_keys_order_slice_and_money_name_columns_of_the_right_type(table: Table) -> None:
    assert table.key
    assert {*table.key, *table.order} <= set(table.by_name)
    assert set(table.key) <= set(table.order), "the order must be total, or the same rows give different files"
    nullable = [name for name in table.key if not table.by_name[name].required]
    # Derived tables group facts, whose own columns may be empty.
    assert table.kind == "derived" or nullable == MAY_BE_EMPTY.get(table.name, [])
    if table.slice:
        assert table.slice in table.by_name
        assert table.order[0] == table.slice
    if table.money:
        assert table.by_name[table.money].type == "money"


@each_table
def test_foreign_keys_resolve(table: Table) -> None:
    for column, (target, key) in table.foreign.items():
        assert target in TABLES
        assert key in TABLES[target].key
        assert table.by_name[column].type == TABLES[target].by_name[key].type
        assert table.by_name[column].identity == TABLES[target].by_name[key].identity


@each_table
def test_ranges_fit_their_types(table: Table) -> None:
    for column in table.columns:
        for bound in (column.min, column.max):
            if bound is not None:
                pattern = r"\d{4}-\d{2}-\d{2}" if column.type in ("date", "time") else r"-?\d+"
                assert column.type not in ("text", "bool")
                assert re.fullmatch(pattern, bound)
        assert len({code.value for code in column.codes}) == len(column.codes)


def test_a_national_code_list_says_the_same_in_every_table() -> None:
    lists: dict[str, tuple[object, ...]] = {}
    for table in TABLES.values():
        for column in table.columns:
            if column.national and column.codes:
                assert lists.setdefault(column.national, (column.codes, column.open)) == (column.codes, column.open)


def test_every_date_of_a_fact_has_bounds() -> None:
    unbounded = [
        f"{t.name}.{c.name}"
        for t in TABLES.values()
        if t.kind == "fact"
        for c in t.columns
        if c.type in ("date", "time") and c.name != "recorded_at" and not (c.min and c.max)
    ]
    assert unbounded == []


def test_the_ddl_creates_every_table_and_the_checks_are_portable_sql() -> None:
    with duckdb.connect() as connection:
        connection.execute(generate.ddl(TABLES))
        made = {name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()}
        assert made == set(TABLES)
        for table in TABLES.values():
            described = connection.execute(f"describe {table.name}").fetchall()
            assert [(name, kind) for name, kind, *_ in described] == [(c.name, c.sql_type) for c in table.columns]
            for check in table.checks:
                sql = f"select ({check.sql}) as passed from {table.name}"
                assert check_portable(sql, TABLES)[1] == []
                assert connection.execute(f"describe {sql}").fetchall()[0][1] == "BOOLEAN"


def test_a_reversal_is_the_sum_of_the_lines_that_name_the_original() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table charge_line as select * from (values "
            "('a', null, 3000, 900, 500), ('r1', 'a', -1000, -300, -100), ('r2', 'a', -500, -150, null), "
            "('b', null, 1000, 10, 5)) t(line_id, reversed_line_id, quantity, amount, fund_amount)"
        )
        assert connection.execute(TABLES["charge_reversal"].sql or "").fetchall() == [("a", -1500, -450, -100, 2)]


def test_generated_files_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    code = generate.main(["--check"])
    assert code == 0, f"run `{generate.COMMAND}`; stale: {capsys.readouterr().out}"


def test_typed_modules_agree_with_the_contracts() -> None:
    from yibao.ledger import typed

    assert set(typed.SCHEMAS) == set(TABLES)
    for table in TABLES.values():
        assert typed.SCHEMAS[table.name] == table.arrow_schema()
        row = getattr(typed, generate.row_type(table.name))
        assert tuple(row.__annotations__) == table.column_names
