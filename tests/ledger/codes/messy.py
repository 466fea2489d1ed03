"""A small national catalogue, and what two hospitals make of it: abbreviations, typing errors, full-width letters,
other word orders, brand names, strengths in other units, duplicates, trailing spaces, retired codes. All are invented.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

# code, name, brand, specification, form, list, charge type, class, price, unit
NATIONAL = [
    line.split("|")
    for line in """
X99A001|阿莫西林|阿莫灵|0.25g×24粒|胶囊|101|09|甲类|12.60|盒
X99A002|阿莫西林|阿莫灵|0.5g×24粒|胶囊|101|09|甲类|19.80|盒
X99A003|阿莫西林|阿莫灵|0.25g×24片|分散片|101|09|甲类|13.50|盒
X99A004|阿司匹林|拜心通|100mg×30片|肠溶片|101|09|甲类|15.20|盒
X99A005|阿司匹林|拜心通|25mg×100片|片剂|101|09|甲类|4.10|瓶
X99A006|氨氯地平|络平喜|5mg×7片|片剂|101|09|甲类|9.80|盒
X99A007|硝苯地平|拜压平|30mg×7片|控释片|101|09|乙类|28.40|盒
X99A008|二甲双胍|格华康|0.5g×20片|片剂|101|09|甲类|8.60|盒
X99A009|二甲双胍|格华康|0.5g×30片|缓释片|101|09|乙类|22.10|盒
X99A010|头孢呋辛钠|西力先|0.75g|注射用|101|09|甲类|11.30|支
X99A011|头孢呋辛钠|西力先|1.5g|注射用|101|09|甲类|20.60|支
X99A012|头孢呋辛酯|新菌平|0.25g×12片|片剂|101|09|甲类|21.90|盒
X99A013|氯化钠|无|0.9% 250ml|注射液|101|09|甲类|3.20|袋
X99A014|氯化钠|无|0.9% 100ml|注射液|101|09|甲类|2.80|袋
X99A015|葡萄糖|无|5% 250ml|注射液|101|09|甲类|3.30|袋
X99A016|葡萄糖|无|10% 250ml|注射液|101|09|甲类|3.40|袋
X99A017|胰岛素|优泌康|300IU|注射液|101|09|甲类|48.00|支
X99A018|奥美拉唑|洛赛宁|20mg×14粒|肠溶胶囊|101|09|甲类|18.90|盒
X99A019|奥美拉唑钠|洛赛宁|40mg|注射用|101|09|乙类|35.70|支
X99A020|对乙酰氨基酚|泰诺宁|0.5g×10片|片剂|101|09|甲类|5.50|盒
Z99B001|连翘败毒|无|6g×10袋|丸剂|101|11|乙类|16.00|盒
Z99B002|板蓝根|无|10g×20袋|颗粒|101|11|甲类|11.00|袋
990300010000001|常规心电图检查|||| 201|03|甲类|22.00|次
990300010000002|动态心电图|||| 201|03|甲类|150.00|次
990300010000003|X线计算机体层（CT）平扫|||| 201|03|甲类|220.00|每部位
990300010000004|X线计算机体层（CT）增强扫描|||| 201|03|乙类|310.00|每部位
990300010000005|磁共振平扫|||| 201|03|甲类|420.00|每部位
990300010000006|磁共振增强扫描|||| 201|03|乙类|560.00|每部位
990300010000007|腹部彩色多普勒超声常规检查|||| 201|03|甲类|98.00|次
990300010000008|甲状腺彩色多普勒超声常规检查|||| 201|03|甲类|98.00|次
990400010000001|全血细胞计数＋五分类|||| 201|04|甲类|18.00|次
990400010000002|血细胞分析|||| 201|04|甲类|15.00|次
990400010000003|尿液分析|||| 201|04|甲类|9.00|次
990400010000004|糖化血红蛋白测定|||| 201|04|甲类|60.00|项
990400010000005|乙型肝炎表面抗原测定（HBsAg）|||| 201|04|甲类|12.00|项
990400010000006|丙型肝炎抗体测定（Anti-HCV）|||| 201|04|甲类|25.00|项
990500010000001|静脉输液|||| 201|05|甲类|6.00|组
990500010000002|静脉注射|||| 201|05|甲类|4.00|次
990500010000003|肌肉注射|||| 201|05|甲类|3.00|次
990600010000001|左侧甲状腺叶切除术|||| 201|06|甲类|1200.00|次
990600010000002|右侧甲状腺叶切除术|||| 201|06|甲类|1200.00|次
990600010000003|经腹腔镜胆囊切除术|||| 201|06|甲类|1800.00|次
990600010000004|开腹胆囊切除术|||| 201|06|甲类|1500.00|次
990700010000001|一级护理|||| 201|07|甲类|85.00|日
990700010000002|二级护理|||| 201|07|甲类|52.00|日
990700010000003|三级护理|||| 201|07|甲类|12.00|日
990100010000001|普通病房床位费（三人间）|||| 201|01|甲类|58.00|日
990100010000002|普通病房床位费（双人间）|||| 201|01|甲类|88.00|日
""".strip().splitlines()
]


@dataclass(frozen=True)
class Local:
    """A hospital's own code: what it calls it, what it charges, and the national code that it truly is (or none)."""

    institution: str
    code: str
    name: str
    list_type: str
    charge_type: str
    price: str
    truth: str
    uses: int


LOCAL = [
    Local(*line.split("|")[:-1], int(line.split("|")[-1]))  # type: ignore[arg-type]
    for line in """
HA|Y0001|阿莫西林胶囊 0.25*24|101|09|12.60|X99A001|40
HA|Y0002|阿莫西林胶囊５００ｍｇ×２４粒|101|09|19.80|X99A002|10
HA|Y0003|阿莫西林分散片(250mg*24片)|101|09|13.50|X99A003|12
HA|Y0004|阿斯匹林肠溶片 0.1g×30|101|09|15.20|X99A004|55
HA|Y0005|拜心通肠溶片100mg|101|09|15.20|X99A004|31
HA|Y0006|格华康片 500mg×20片|101|09|8.60|X99A008|26
HA|Y0007|盐酸二甲双胍缓释片0.5g*30片|101|09|22.10|X99A009|9
HA|Y0008|注射用头孢呋辛钠750mg|101|09|11.30|X99A010|70
HA|Y0009|头孢呋新钠(注射用)1.5g |101|09|20.60|X99A011|44
HA|Y0010|0.9%氯化钠注射液250ml|101|09|3.20|X99A013|130
HA|Y0011|生理盐水100ml(0.9%)|101|09|2.80|X99A014|90
HA|Y0012|5%葡萄糖注射液 250ml|101|09|3.30|X99A015|85
HA|Y0013|扑热息痛片0.5g|101|09|5.50|X99A020|14
HA|Y0014|奥美拉唑肠溶胶囊20mg*14s|101|09|18.90|X99A018|33
HA|J0101|心电图(常规)|201|03|22.00|990300010000001|60
HA|J0102|24h动态心电图|201|03|150.00|990300010000002|8
HA|J0103|CT平扫(头颅)|201|03|220.00|990300010000003|22
HA|J0104|ＣＴ增强扫描|201|03|310.00|990300010000004|9
HA|J0105|核磁共振平扫|201|03|420.00|990300010000005|12
HA|J0106|腹部彩超|201|03|98.00|990300010000007|37
HA|J0107|彩超(甲状腺)|201|03|98.00|990300010000008|16
HA|H0201|血常规|201|04|15.00|990400010000002|120
HA|H0202|尿常规|201|04|9.00|990400010000003|80
HA|H0203|糖化血红旦白|201|04|60.00|990400010000004|18
HA|H0204|乙肝表面抗原|201|04|12.00|990400010000005|27
HA|H0204 |乙肝表面抗原|201|04|12.00|990400010000005|3
HA|Z0301|静滴|201|05|6.00|990500010000001|140
HA|Z0302|肌注|201|05|3.00|990500010000003|22
HA|S0401|腹腔镜下胆囊切除|201|06|1800.00|990600010000003|4
HA|S0402|甲状腺叶切除术（右）|201|06|1200.00|990600010000002|3
HA|B0501|床位费-双人间|201|01|88.00|990100010000002|52
HA|B0502|Ⅰ级护理|201|07|85.00|990700010000001|61
HA|B0503|院长查房费|201|14|500.00||6
HB|100017|AMOXICILLIN CAP 0.25|101|09|12.60|X99A001|20
HB|100018|拜压平（硝苯地平控释片）30mg|101|09|28.40|X99A007|25
HB|100019|头孢呋辛酯片0.25|101|09|21.90|X99A012|11
HB|100020|胰岛素针 3ml:300u|101|09|48.00|X99A017|30
HB|100021|板兰根颗粒10g*20|101|11|11.00|Z99B002|15
HB|200001|护理（二级）|201|07|52.00|990700010000002|75
HB|200002|丙肝抗体|201|04|25.00|990400010000006|13
HB|200003|停用-普通床位费|201|01|58.00|990100010000001|2
HB|200004|特需服务费|201|14|300.00||9
""".strip().splitlines()
]
INSTITUTIONS = {"HA": "甲市第一医院", "HB": "甲市中医院"}
_HEAD = [
    "序号", "药品代码", "通用名", "商品名", "规格", "剂型", "目录类别", "收费类别", "甲乙类", "收费标准（元）",
    "计价单位",
]  # fmt: skip


def write_national(path: Path) -> Path:
    """The national catalogue as it is published: a title over merged cells, a remark, then the headings."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write(0, 0, "本目录自公布之日起执行。")
        sheet = book.add_worksheet("目录")
        sheet.merge_range(0, 0, 0, len(_HEAD) - 1, "甲市医保目录（演示）")
        sheet.write(1, 0, "单位：元")
        sheet.write_row(2, 0, _HEAD)
        for number, cells in enumerate(NATIONAL, 1):
            sheet.write_row(number + 2, 0, [number, *(cell.strip() for cell in cells)])
    return path


def write_facts(folder: Path) -> Path:
    """Institutions and charge lines in the national platform's form; one code, X99A001, is national already."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "institution.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["fixmedins_code", "fixmedins_name", "medinslv"])
        writer.writerows([code, name, "3"] for code, name in INSTITUTIONS.items())
    with (folder / "charge_line.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "feedetl_sn", "psn_no", "fixmedins_code", "med_list_codg", "medins_list_codg", "medins_list_name",
                "list_type", "med_chrgitm_type", "cnt", "pric", "det_item_fee_sumamt", "fee_ocur_time",
            ]
        )  # fmt: skip
        number = 0
        for local in [*LOCAL, Local("HB", "X99A001", "阿莫西林胶囊", "101", "09", "12.60", "X99A001", 25)]:
            for use in range(local.uses):
                number += 1
                day = f"2025-{1 + use % 3:02d}-{1 + use % 28:02d} 09:00:00"
                writer.writerow(
                    [
                        f"L{number:05d}", f"P{number % 97:03d}", local.institution, local.code, local.code, local.name,
                        local.list_type, local.charge_type, "1", local.price, local.price, day,
                    ]
                )  # fmt: skip
    return folder
