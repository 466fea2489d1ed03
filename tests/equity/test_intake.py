"""Panels from files: tidy, wide, yearbook; what is refused names its row; gaps are filled by named rules only."""

from __future__ import annotations

import numpy as np
import pytest
import xlsxwriter

from yibao.equity import PanelError, impute, panel_report, provinces, read_panel, read_yearbook
from yibao.equity.gaps import Imputation
from yibao.equity.intake import Column, PanelSource
from yibao.equity.panel import Variable
from yibao.equity.yearbook import Layout
from yibao.presentation.provinces import find_province
from yibao.presentation.provinces import provinces as tiles

TIDY = "region,year,indicator,value,unit,source\n"


def tidy(tmp_path, lines: str, encoding: str = "utf-8"):
    path = tmp_path / "panel.csv"
    path.write_text(TIDY + lines, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_tidy_table_of_provinces_in_any_encoding(tmp_path, encoding: str) -> None:
    panel = read_panel(tidy(tmp_path, '北京市,2020,床位,"1,234",张,年鉴\n上 海,2020年,床位,—,张,年鉴\n', encoding))
    assert panel.codes == ("110000", "310000")
    assert panel.matrix("床位")[0, 0] == 1234
    assert np.isnan(panel.matrix("床位")[1, 0])
    assert (panel.variables["床位"].unit, panel.variables["床位"].source) == ("张", "年鉴")


@pytest.mark.parametrize(
    ("lines", "says", "where"),
    [
        ("北京,2020,床位,1,张,\n全国,2020,床位,2,张,\n", "no provincial unit", "line 3"),
        ("北京,2020,床位,约一千,张,\n", "not a number", "line 2"),
        ("北京,20年,床位,1,张,\n", "not a year", "line 2"),
        ("北京,2020,床位,1,张,\n北京市,2020,床位,2,张,\n", "two values", "line 3"),
        ("北京,2020,床位,1,张,\n上海,2020,床位,2,万张,\n", "in 张 and in 万张", "line 3"),
    ],
)
def test_what_is_wrong_names_its_row(tmp_path, lines: str, says: str, where: str) -> None:
    with pytest.raises(PanelError, match=says) as caught:
        read_panel(tidy(tmp_path, lines))
    assert where in caught.value.where


def test_a_lacking_column_names_those_there_are(tmp_path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("province,year,beds\n北京,2020,1\n", encoding="utf-8")
    source = PanelSource(path, "wide", "adcode", columns=[Column(Variable("beds", "床位", "beds"), "beds")])
    with pytest.raises(PanelError, match="no column adcode") as caught:
        read_panel(path, source)
    assert "province, year, beds" in caught.value.mend


def sheet(tmp_path, rows: list[list[object]]):
    path = tmp_path / "yearbook.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("2-1")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    page.write(i, j, cell)
    return path


def test_a_yearbook_sheet_with_years_across(tmp_path) -> None:
    path = sheet(tmp_path, [
        ["2-1 各地区医疗卫生机构床位数"], ["", "", "", "单位：张"], ["地 区", "2018年", "2019年", "2020年"],
        ["全 国", 3, 4, 5], ["东部地区", 1, 2, 3], ["北 京", 10, 11, "12"], ["内蒙古", 20, "…", 22],
        ["注：数据来源于统计年报"],
    ])  # fmt: skip
    found = read_yearbook(path, layout=Layout(indicator="beds"))
    assert found.unit == "张"
    assert found.skipped == ("注：数据来源于统计年报",)
    panel = read_panel(path, PanelSource(path, "yearbook", yearbook=Layout(indicator="beds")))
    assert panel.codes == ("110000", "150000")
    assert panel.years == (2018, 2019, 2020)
    assert panel.matrix("beds")[0].tolist() == [10, 11, 12]
    assert np.isnan(panel.matrix("beds")[1, 1])


def test_a_yearbook_sheet_with_indicators_across_in_two_rows(tmp_path) -> None:
    path = sheet(tmp_path, [
        ["2020 年各地区卫生人员"], ["地区", "卫生技术人员", None, "管理人员"], [None, "执业医师", "注册护士", None],
        ["总计", 9, 9, 9], ["北京", 1, 2, 3], ["天津", 4, 5, 6],
    ])  # fmt: skip
    found = read_yearbook(path)
    assert found.headings == ("卫生技术人员/执业医师", "卫生技术人员/注册护士", "管理人员")
    columns = [Column(Variable("nurses", "注册护士", "nurses"), "卫生技术人员/注册护士", 10)]
    panel = read_panel(path, PanelSource(path, "yearbook", columns=columns))
    assert (panel.years, panel.matrix("nurses")[:, 0].tolist()) == ((2020,), [20, 50])


def test_a_sheet_that_does_not_say_its_year_is_asked_for_it(tmp_path) -> None:
    path = sheet(tmp_path, [["各地区卫生人员"], ["地区", "医师", "护士"], ["北京", 1, 2], ["天津", 3, 4]])
    with pytest.raises(PanelError, match="does not say its year"):
        read_yearbook(path)
    assert read_yearbook(path, layout=Layout(year=2019)).rows[0].year == 2019
    with pytest.raises(PanelError, match="no column of provinces"):
        read_yearbook(sheet(tmp_path, [["国家", "值"], ["法国", 1]]))


@pytest.fixture
def gappy(tmp_path):
    lines = "".join(
        f"{name},{year},x,{value},人,\n"
        for name, values in {"北京": (1, "", "", 4), "天津": ("", 2, 3, ""), "河北": (5, 5, 5, 5)}.items()
        for year, value in zip(range(2018, 2022), values, strict=True)
    )
    return read_panel(tidy(tmp_path, lines))


def test_gaps_are_reported_and_nothing_is_filled_by_itself(gappy) -> None:
    report = panel_report(gappy)[0]
    assert not report.balanced
    assert report.missing == (("110000", 2019), ("110000", 2020), ("120000", 2018), ("120000", 2021))
    with pytest.raises(PanelError, match="lacks 4 of 12") as caught:
        gappy.complete("x")
    assert "impute" in caught.value.mend


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("linear", [[1, 2, 3, 4], [np.nan, 2, 3, np.nan]]),
        ("previous", [[1, 1, 1, 4], [np.nan, 2, 3, 3]]),
        ("next", [[1, 4, 4, 4], [2, 2, 3, np.nan]]),
        ("zone_mean", [[1, 3.5, 4, 4], [3, 2, 3, 4.5]]),
    ],
)
def test_each_rule_fills_what_it_says_and_records_it(gappy, method, expected) -> None:
    found = impute(gappy, [Imputation("x", method)])
    np.testing.assert_array_equal(found.matrix("x")[:2], expected)
    assert len(found.filled) == int((~np.isnan(expected)).sum()) - 4
    assert {cell.rule for cell in found.filled} == {method}


def test_a_gap_longer_than_allowed_stays(gappy) -> None:
    assert np.isnan(impute(gappy, [Imputation("x", "linear", most=1)]).matrix("x")[0, 1])


def test_a_proxy_carries_its_label() -> None:
    variable = Variable("hukou", "户籍人口", "registered population", proxy_for=("常住人口", "resident population"))
    assert variable.title("zh") == "户籍人口（代理指标，代替常住人口）"
    assert variable.title("en") == "registered population (proxy for resident population)"


def test_the_grid_has_34_units_each_in_a_cell_of_its_own() -> None:
    units = tiles()
    assert len(units) == len({(u.row, u.column) for u in units}) == 34
    assert len(provinces()) == 31
    assert all(find_province(name) is u for u in units for name in (u.zh, u.full, u.en, u.code))
