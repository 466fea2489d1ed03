"""The national workbook in its six sheets: ours in that layout, read into a pack that groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from yibao.casemix import Grouper, load_pack
from yibao.casemix.pack import conditions as c
from yibao.casemix.pack.check import check_pack
from yibao.casemix.pack.model import Head
from yibao.casemix.pack.ruletext import RuleTextError, parse_rule
from yibao.casemix.pack.workbook import read_workbook
from yibao.casemix.pack.write import write_pack
from yibao.casemix.refusals import PackError

HEAD = Head("own_30", "OWN-DRG", "3.0", "nowhere")
GROUPS = ["编码", "名称", "规则", "所属", "排序"]
SHEETS: dict[str, list[Sequence[object]]] = {
    "MDC": [GROUPS, ["MDCG", "消化", "DG", "", 2], ["MDCP", "新生儿", "DP+日龄<=28", "", 1]],
    "ADRG": [
        GROUPS, ["GR1", "结石", "DS", "MDCG", 2], ["GB1", "切除", "DG+(PC|任一手术:PL)", "MDCG", 1],
        ["GR9", "其他", "其他", "MDCG", 3], ["PA1", "小", "体重<1500", "MDCP", 1],
        ["GX1", "不明", "DG且随便", "MDCG", 9],
    ],
    "DRG": [
        GROUPS, ["GB11", "切除伴MCC", "MCC", "GB1", 1], ["GB15", "切除", "其他", "GB1", 3],
        ["GB13", "切除伴CC", "CC", "GB1", 2],
        ["GR1A", "结石，17 岁以下", "年龄<17", "GR1", 1], ["GR1B", "结石", "!(年龄<17)", "GR1", 2],
        ["GR99", "其他", "", "GR9", 1], ["PA19", "小", "", "PA1", 1],
    ],
    "集合": [
        ["集合", "编码", "类型"], ["DG", "D10.1", "DI"], ["DG", "D10.2", "DI"], ["DG", "D11.0", "DI"],
        ["DS", "D10.2", "DI"], ["DP", "D30.0", "DI"], ["PC", "10.01", "OP"], ["PL", "11.01", "OP"],
        ["EX1", "D10.1", "EX"],
    ],
    "CC": [
        ["编码", "名称", "排除表", "类型"], ["C01.0", "重", "EX1", "MCC"], ["C02.0", "轻", "EX2", "CC"],
        ["C03.0", "其他", "", "cc"], ["C04.0", "错", "", "XX"],
    ],
    "排除表": [["排除表", "编码"], ["EX1", "D10.1"], ["EX2", "D10.1"], ["EX2", "D11.0"]],
}  # fmt: skip


def workbook(path: Path, sheets: dict[str, list[Sequence[object]]] = SHEETS) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    return path


@pytest.mark.parametrize(
    ("diagnoses", "procedures", "age", "days", "weight", "group"),
    [
        ("D11.0|C01.0", "10.01", 40, None, None, "GB11"),
        ("D10.1|C01.0", "10.01", 40, None, None, "GB15"),  # excluded by EX1
        ("D10.1|C02.0", "10.01", 40, None, None, "GB15"),  # and by EX2: a main diagnosis may be in several sets
        ("D10.1|C03.0", "99.99|11.01", 40, None, None, "GB13"),
        ("D10.2", "", 12, None, None, "GR1A"),
        ("D10.2", "", 17, None, None, "GR1B"),
        ("D11.0", "", 17, None, None, "GR99"),
        ("D30.0", "", 0, 5, 1200, "PA19"),
        ("D30.0", "", 0, 29, 1200, "0000"),
    ],
)
def test_the_workbook_groups(
    tmp_path: Path, diagnoses: str, procedures: str, age: int, days: int | None, weight: int | None, group: str
) -> None:
    write_pack(read_workbook(workbook(tmp_path / "own.xlsx"), HEAD), tmp_path / "pack")
    grouper = Grouper(load_pack(tmp_path / "pack"))
    case = {"case_id": "a", "sex": 1, "age_years": age, "age_days": days, "birth_weight_g": weight}
    assert grouper.group_records([case | {"diagnoses": diagnoses, "procedures": procedures}])[0]["group_code"] == group


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    pack = read_workbook(workbook(tmp_path / "own.xlsx"), HEAD)
    assert [mdc.code for mdc in pack.mdcs] == ["MDCP", "MDCG"]
    assert pack.mdcs[1].adrgs == ("GB1", "GR1", "GR9")
    assert pack.adrgs["GB1"].kind == "surgical"
    assert pack.drgs["GB13"].name == "切除伴CC"
    notes = {(one.code, one.where) for one in check_pack(pack)}
    assert ("rule_not_understood", "ADRG GX1") in notes
    assert ("cc_level_unknown", "CC C04.0") in notes


def test_missing_sheets_and_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no sheet 排除表"):
        read_workbook(workbook(tmp_path / "a.xlsx", {k: v for k, v in SHEETS.items() if k != "排除表"}), HEAD)
    with pytest.raises(PackError, match="the sheet CC lacks 类型"):
        read_workbook(
            workbook(tmp_path / "b.xlsx", SHEETS | {"CC": [["编码", "名称", "排除表"], ["C1", "x", ""]]}), HEAD
        )
    with pytest.raises(PackError, match="no category has a rule"):
        read_workbook(workbook(tmp_path / "c.xlsx", SHEETS | {"MDC": [GROUPS, ["M", "x", "?", "", 1]]}), HEAD)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", c.OTHERWISE),
        (
            "D|P+!MCC",
            c.Any_((c.InList("principal", "D"), c.All((c.InList("main", "P"), c.Not(c.Complication("MCC")))))),
        ),
        ("（Ｄ）+ 女", c.All((c.InList("principal", "D"), c.Sex(2)))),
        ("other:D", c.InList("other_diagnosis", "D")),
        ("任一手术:P", c.InList("any_procedure", "P")),
        ("住院天数>=7+有效手术", c.All((c.Range("los_days", (("min", 7.0),)), c.ValidProcedure(True, True)))),
    ],
)
def test_rule_texts(text: str, wanted: c.Condition) -> None:
    assert parse_rule(text, {"D": "DI", "P": "OP"}) == wanted


@pytest.mark.parametrize("text", ["D+", "(D", "D)", "Q", "D P", "年龄<", "+D"])
def test_rule_texts_that_say_nothing(text: str) -> None:
    with pytest.raises(RuleTextError):
        parse_rule(text, {"D": "DI", "P": "OP"})
