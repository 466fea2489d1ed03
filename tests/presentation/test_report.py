"""The report says what the result files say, in one language, in one file, and to everyone."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import city
import duckdb
import pytest
from pages import Page

from yibao.ledger.receipts import Tally
from yibao.presentation.fmt import Format
from yibao.presentation.report import ReportError, write_report

CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Names, codes and product words that stand in a Chinese page as they are.
LATIN_NAMES = re.compile(
    r"English|yibao|duckdb|findings\.(?:csv|xlsx)|[A-Z0-9]+(?:-[A-Z0-9]+)*|run|CNY|φ|f\d{4}|amount"
)


def words(element: ElementTree.Element, *without: str) -> list[str]:
    """What is read on the page: all text except style, script and the elements `without`."""
    out = []
    if element.tag not in ("style", "script", *without):
        out += [element.text or ""]
        for child in element:
            out += words(child, *without)
    return [*out, element.tail or ""]


def by_id(page: Page, identifier: str) -> ElementTree.Element:
    found = page.tree.find(f".//*[@id='{identifier}']")
    assert found is not None, identifier
    return found


def policy(page: Page) -> str:
    found = page.tree.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert found is not None
    return found.attrib["content"]


def cells(row: ElementTree.Element) -> list[str]:
    return ["".join(words(cell)).strip() for cell in row if cell.tag in ("td", "th")]


def query(folder: Path, sql: str) -> list[tuple]:
    with duckdb.connect() as connection:
        for name in ("finding", "finding_ref", "quality_issue"):
            connection.execute(f"create view {name} as select * from '{folder / name}.parquet'")
        return connection.execute(sql).fetchall()


def test_the_page_is_well_formed_and_has_one_heading_of_each_rank_in_order(page: Page) -> None:
    tree = page.tree  # parsing fails when an element is left open
    ranks = [int(e.tag[1]) for e in tree.iter() if e.tag in ("h1", "h2", "h3", "h4")]
    assert ranks.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(ranks))
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    targets = {e.get("href", "")[1:] for e in tree.iter("a") if e.get("href", "").startswith("#")}
    assert targets <= set(ids)


def test_the_page_asks_nobody_for_anything(page: Page) -> None:
    for element in page.tree.iter():
        for name, value in element.attrib.items():
            if name in ("src", "href", "action", "data", "poster", "srcset"):
                assert re.fullmatch(r"#[\w-]+|report\.(zh|en)\.html|findings\.(csv|xlsx)", value), value
    assert not re.search(r"url\((?!#)|@import", page.text)
    assert policy(page).startswith("default-src 'none';")
    assert not re.search(r"\sstyle=|\son\w+=", page.text), "a style or handler in an attribute breaks the page's policy"
    assert page.path.stat().st_size < 2_000_000


def test_the_policy_names_the_style_and_script_that_are_there(page: Page) -> None:
    for tag in ("style", "script"):
        content = page.text.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy(page)


def test_totals_equal_the_sums_of_the_result_files(page: Page, folder: Path) -> None:
    fmt = Format(page.lang)
    findings, persons, amount, fund = query(
        folder, "select count(*), count(distinct person_id), sum(amount)::bigint, sum(fund_amount)::bigint"
        " from finding where exempted_by is null"
    )[0]  # fmt: skip
    table = by_id(page, "findings").find(".//table")
    assert table is not None
    total = cells(table.find("./tfoot/tr"))  # type: ignore[arg-type]
    assert total[2:4] + total[5:7] == [fmt.count(findings), fmt.count(persons), fmt.amount(amount), fmt.amount(fund)]
    assert fmt.money(fund) in "".join(words(by_id(page, "short")))


def test_every_law_has_its_own_sums(page: Page, folder: Path) -> None:
    fmt = Format(page.lang)
    expected = {
        law: [fmt.count(n), fmt.amount(amount), fmt.amount(fund)]
        for law, n, amount, fund in query(
            folder, "select law_id, count(*), sum(amount)::bigint, sum(fund_amount)::bigint from finding"
            " where exempted_by is null group by 1"
        )
    }  # fmt: skip
    table = by_id(page, "findings").find(".//table")
    assert table is not None
    rows = {row[0].split(" ")[0]: [row[2], *row[5:7]] for row in map(cells, table.findall("./tbody/tr"))}
    assert rows.pop("B01") == ["0", "0.00", "0.00"], "a law that ran and found nothing is there too"
    assert rows == expected


def test_a_ledger_row_that_two_laws_point_at_counts_once(page: Page, folder: Path) -> None:
    once = query(
        folder, "select sum(fund)::bigint from (select max(r.fund_amount) as fund from finding_ref r"
        " join finding f using (finding_id) where f.exempted_by is null group by r.ref_table, r.ref_id)"
    )[0][0]  # fmt: skip
    assert Format(page.lang).money(once) in "".join(words(by_id(page, "short")))


@pytest.mark.parametrize("law", ["C01", "C03", "C08", "D01", "A11", "E01", "F07", "A03"])
def test_each_law_opens_a_finding_with_all_its_evidence(page: Page, folder: Path, law: str) -> None:
    section = by_id(page, f"law-{law}")
    article = section.find(".//article")
    assert article is not None
    finding, amount, fund = query(
        folder, f"select finding_id, amount, fund_amount from finding where law_id = '{law}' and exempted_by is null"
        " order by fund_amount desc, amount desc, finding_id limit 1"
    )[0]  # fmt: skip
    text = "".join(words(article))
    assert finding in text
    fmt = Format(page.lang)
    assert fmt.money(amount) in text and fmt.money(fund) in text
    for table, key, carried in query(
        folder, f"select ref_table, ref_id, sum(fund_amount)::bigint from finding_ref where finding_id = '{finding}'"
        " group by all"
    ):  # fmt: skip
        assert (key in text) is (table != "person"), "keys of persons are masked, all others are shown"
        if carried:
            assert fmt.amount(carried) in text
    drawn = {"C01", "C03", "C08", "D01", "A11", "E01", "F07"}
    assert (article.find(".//figure") is not None) is (law in drawn)


def test_persons_are_masked(page: Page) -> None:
    text = "".join(words(page.tree))
    assert not re.search(r"P0{3}\d{4}", page.text), "a person id"
    assert "晓明" not in text and "13800000000" not in page.text and "990101190000090011" not in page.text
    assert "张**" in text


def test_the_chinese_page_is_chinese_and_the_english_page_english(page: Page) -> None:
    body = page.tree.find("body")
    assert body is not None
    names = {zh for zh, _ in city.INSTITUTIONS} | {"分解住院", "中文", "床位费每日不超过 1 日"}
    for text in (w.strip() for w in words(body, "code")):
        if page.lang == "zh":
            left = LATIN_NAMES.sub("", text)
            assert not re.search(r"[A-Za-z]{3,}", left), text
        elif not any(name in text for name in names):
            assert not CHINESE.search(re.sub(r".\*\*", "", text).replace("云州第", "").replace("医院", "")), text


def test_tables_can_be_sorted_and_read_by_everyone(page: Page) -> None:
    tables = list(page.tree.iter("table"))
    assert len(tables) > 10
    for table in tables:
        assert table.find("caption") is not None
        assert all(th.get("scope") == "col" for th in table.findall("./thead//th"))
    assert sum(table.get("data-sort") is not None for table in tables) >= 4
    assert 'setAttribute("aria-sort"' in page.text
    for box in (e for e in page.tree.iter("div") if e.get("class") == "tw"):
        assert box.get("tabindex") == "0" and box.get("aria-label")


def test_every_chart_is_one_image_with_a_sentence(page: Page) -> None:
    charts = [e for e in page.tree.iter("svg") if "chart" in (e.get("class") or "").split()]
    assert len(charts) >= 20
    for chart in charts:
        assert chart.get("role") == "img" and len(chart.get("aria-label", "")) > 8
        assert not any(
            e.get("role") or e.get("aria-label") or e.get("font-family") for e in chart.iter() if e is not chart
        )
    assert sum("wide" in (c.get("class") or "") for c in charts) == sum(
        "narrow" in (c.get("class") or "") for c in charts
    )
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]{3,8}|rgb[^"]*)"', page.text))
    assert not colours, "colours are tokens, so that one picture serves light, dark and paper"


def test_difference_is_not_guilt(page: Page) -> None:
    text = "".join(words(by_id(page, "indicators")))
    higher, few = ("高于同类", "例数不足") if page.lang == "zh" else ("Higher", "Too few")
    assert higher in text and few in text
    rows = [cells(row) for row in by_id(page, "indicators").findall(".//tbody/tr")]
    names = [row[0] for row in rows]
    assert names == sorted(names), "in the order of names, never of rank"
    judged = {row[0]: row[7] for row in rows}
    assert len([word for word in judged.values() if word == higher]) == 1


def test_ingest_is_conserved_on_the_page(page: Page) -> None:
    table = by_id(page, "quality").find(".//table")
    assert table is not None
    for row in map(cells, table.findall(".//tr")[1:]):
        numbers = [int(n.replace(",", "")) for n in row[1:5]]
        assert numbers[0] == sum(numbers[1:])
        assert row[-1] == ("相符" if page.lang == "zh" else "Agrees")


def test_the_manifest_and_the_definitions_are_named(page: Page, folder: Path) -> None:
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()[:16]
    assert digest in "".join(words(page.tree))
    rows = by_id(page, "definitions").findall(".//tbody/tr")
    assert len(rows) >= 10 and all(all(cells(row)) for row in rows)


def test_writing_again_gives_the_same_page(folder: Path, tmp_path: Path) -> None:
    ledger = city.build(tmp_path)
    run = city.finished_run(tmp_path)
    [path] = write_report(run, ledger, city.lawbook(), ["zh"])
    assert path.read_text(encoding="utf-8") == (folder / "report.zh.html").read_text(encoding="utf-8")


def test_a_dollar_ledger_is_reported_in_dollars(tmp_path: Path) -> None:
    ledger, run = city.build(tmp_path, "USD"), city.finished_run(tmp_path, "USD")
    zh = write_report(run, ledger, city.lawbook(), ["zh"])[0].read_text(encoding="utf-8")
    en = write_report(run, ledger, city.lawbook(), ["en"])[0].read_text(encoding="utf-8")
    assert "美元" in zh and "涉及基金，美元" in zh
    assert "Fund at stake, $" in en and "¥" not in en


def test_a_run_without_findings_says_so(tmp_path: Path) -> None:
    ledger, run = city.build(tmp_path), city.finished_run(tmp_path)
    for name in ("finding", "finding_ref", "indicator_value", "quality_issue"):
        (run / f"{name}.parquet").unlink()
    text = write_report(run, ledger, SimpleNamespace(laws={}), ["zh"])[0].read_text(encoding="utf-8")
    assert "没有命中" in text
    ledger.receipts.clear()
    assert "没有入库记录" in write_report(run, ledger, city.lawbook(), ["zh"])[0].read_text(encoding="utf-8")


def test_a_law_that_lacks_data_is_not_called_clean(tmp_path: Path) -> None:
    ledger, run = city.build(tmp_path), city.finished_run(tmp_path)
    (tmp_path / "charge_line.parquet").unlink()
    text = write_report(run, ledger, city.lawbook(), ["en"])[0].read_text(encoding="utf-8")
    assert "Data missing" in text and "Charge line. They may have found nothing" in text
    assert "1 further quality law lacks tables" in text


def test_laws_that_failed_are_named(tmp_path: Path) -> None:
    ledger, run = city.build(tmp_path), city.finished_run(tmp_path)
    manifest = (run / "manifest.json").read_text(encoding="utf-8")
    broken = '"B01@2026.1": {"status": "failed", "message": "no such column <b>x</b>"'
    (run / "manifest.json").write_text(manifest.replace('"B01@2026.1": {"status": "ran"', broken), encoding="utf-8")
    text = write_report(run, ledger, city.lawbook(), ["en"])[0].read_text(encoding="utf-8")
    assert "B01 Sex-limited drug: no such column &lt;b&gt;x&lt;/b&gt;" in text


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="manifest"):
        write_report(tmp_path, city.build(tmp_path), city.lawbook(), ["zh"])


def test_corrected_records_are_told_beside_the_count(tmp_path: Path) -> None:
    ledger, run = city.build(tmp_path), city.finished_run(tmp_path)
    assert "Of these corrected" not in write_report(run, ledger, city.lawbook(), ["en"])[0].read_text(encoding="utf-8")
    ledger.receipts[0].tables["charge_line"].add(Tally(corrected=3, money_before=123_456, money_after=7_890_123))
    text = write_report(run, ledger, city.lawbook(), ["en"])[0].read_text(encoding="utf-8")
    assert all(words in text for words in ("Of these corrected", "1,234.56", "78,901.23"))
    assert "更正前金额" in write_report(run, ledger, city.lawbook(), ["zh"])[0].read_text(encoding="utf-8")
