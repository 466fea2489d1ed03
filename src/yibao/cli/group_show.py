"""What `yibao group` prints: what became of the cases, agreement, moves, figures and remarks on packs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.casemix import Comparison, Grouping, Pack, Weights
from yibao.casemix.agreement import Agreement
from yibao.casemix.checks import CHECKS
from yibao.casemix.listrules import list_rules
from yibao.casemix.pack.check import Finding
from yibao.cli.group_input import Done
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.ledger.contracts import load_contracts
from yibao.presentation.fmt import Format

#: So many rows of a long list are printed; files hold all.
FIRST = 15


def print_grouped(
    done: Done, issues: pa.Table | None, grouping: Grouping, out: Path | None, currency: str, as_json: bool
) -> None:
    """What became of the records: counts and money, reasons, checks, agreement, the most frequent groups."""
    found = [] if issues is None else _issues(issues)
    if as_json:
        head = grouping.grouper.pack.head
        print_json(
            {
                "pack": head.id, "system": head.system, "version": head.version, "region": head.region,
                **done.tally.to_dict(),
                "list_rules": found,
                "agreement": done.agreement.to_dict() if done.agreement else None,
                "groups": done.groups.to_pylist(),
                "out": out,
            }
        )  # fmt: skip
        return
    say(t(f"方案：{grouping.grouper.pack.title}", f"pack: {grouping.grouper.pack.title}"))
    _counts(done, currency)
    labels = {c.value: t(c.zh, c.en) for c in load_contracts()["case_group"].by_name["reason"].codes}
    _list(t("原因", "reason"), {labels[k]: n for k, n in done.tally.reasons.items()})
    _list(
        t("分组前检查", "checks before grouping"),
        {t(CHECKS[k].zh, CHECKS[k].en): n for k, n in done.tally.checks.items()},
    )
    if found:
        say("")
        head_row = [t("清单规则", "list rule"), t("名称", "title"), t("条", "issues")]
        print_table(head_row, [(one["law"], one["title"][language()], one["issues"]) for one in found], right=[2])
    if done.agreement:
        _print_agreement(done.agreement)
    _groups(done.groups, currency)
    if out is not None:
        say(t(f"结果：{out}", f"results: {out}"))
    if done.left_out:
        more = f"{done.left_out:,}"
        say(
            t(
                f"工作簿未写入其余 {more} 行；请用 .csv 或 .parquet",
                f"{more} more rows are not in the workbook; use .csv or .parquet",
            )
        )


def _counts(done: Done, currency: str) -> None:
    tally, fmt = done.tally, Format(language(), currency)
    words = {c.value: t(c.zh, c.en) for c in load_contracts()["case_group"].by_name["status"].codes}
    words["duplicates"] = t("重复记录", "duplicate records")
    rows = [
        (
            words[status],
            f"{tally.rows[status]:,}",
            fmt.percent(tally.rows[status], tally.records),
            fmt.money(tally.money[status]),
        )
        for status in words
    ]
    rows.append((t("合计", "all records"), f"{tally.records:,}", "", fmt.money(tally.amount)))
    print_table(["", t("记录", "records"), t("占比", "share"), t("总费用", "cost")], rows, right=[1, 2, 3])
    if tally.left:
        say(t(f"另有 {tally.left:,} 条属于其他方案", f"{tally.left:,} records belong to other packs"))


def _list(title: str, counted: Mapping[str, int]) -> None:
    if counted:
        say("")
        rows = sorted(counted.items(), key=lambda one: -one[1])
        print_table([title, t("病例", "cases")], [(name, f"{n:,}") for name, n in rows], right=[1])


def _issues(issues: pa.Table) -> list[dict[str, Any]]:
    counted = Counter(issues["law_id"].to_pylist())
    return [
        {
            "law": law.id, "title": law.text.title.model_dump(), "severity": law.text.severity,
            "issues": counted[law.id],
        }
        for law in list_rules() if counted[law.id]
    ]  # fmt: skip


def _print_agreement(agreement: Agreement) -> None:
    say("")
    words = {c.name: t(c.zh, c.en) for c in load_contracts()["case_group"].columns}
    fmt = Format(language(), "CNY")
    rows = [(words[name], f"{n:,}", fmt.percent(n, agreement.cases)) for name, n in agreement.by_column.items()]
    rows.append(
        (t("全部一致", "in every column"), f"{agreement.agreed:,}", fmt.percent(agreement.agreed, agreement.cases))
    )
    title = t(f"与预期一致（{agreement.cases:,} 例）", f"agrees with what is expected ({agreement.cases:,} cases)")
    print_table([title, t("病例", "cases"), t("占比", "share")], rows, right=[1, 2])
    for one in agreement.differing[:FIRST]:
        differs = {k: v for k, v in one.items() if k != "case_id" and v["got"] != v["expected"]}
        said = ", ".join(f"{words[k]} {v['got']} ≠ {v['expected']}" for k, v in differs.items())
        say(f"  {one['case_id']}: {said}")


def _groups(groups: pa.Table, currency: str) -> None:
    rows = [row for row in groups.to_pylist() if row["status"] in ("grouped", "ambiguous")] if groups.num_rows else []
    if not rows:
        return
    fmt = Format(language(), currency)
    say("")
    print_table(
        [t("病组", "group"), t("名称", "name"), t("权重", "weight"), t("病例", "cases"), t("总费用", "cost")],
        [
            (
                row["group_code"], row["group_name"] or "", _weight(row["weight_ppm"]), f"{row['cases']:,}",
                fmt.money(row["amount"]),
            )
            for row in rows[:FIRST]
        ],
        right=[2, 3, 4],
    )  # fmt: skip
    if len(rows) > FIRST:
        say(t(f"共 {len(rows)} 个病组", f"{len(rows)} groups in all"))


def print_comparison(
    found: Comparison, before: Pack, after: Pack, currency: str, out: Path | None, as_json: bool
) -> None:
    """Moves by kind and the largest flows, with money where weights and rates are known."""
    if as_json:
        print_json(
            {"from": before.title, "to": after.title, "by_move": found.by_move, "by_flow": found.by_flow, "out": out}
        )
        return
    fmt = Format(language(), currency)
    words = {c.value: t(c.zh, c.en) for c in load_contracts()["group_move"].by_name["move"].codes}
    say(f"{before.title} → {after.title}")
    head = [t("变化", "move"), t("病例", "cases"), t("总费用", "cost"), t("有标准的病例", "priced"),
            t("原支付标准", "standard before"),
            t("新支付标准", "standard after"), t("差额", "difference")]  # fmt: skip
    print_table(head, [(words[r["move"]], *_moved(r, fmt)) for r in found.by_move], right=[1, 2, 3, 4, 5, 6])
    if found.by_flow:
        say("")
        print_table(
            [t("原病组", "group before"), t("新病组", "group after"), *head],
            [
                (_called(before, r["from_group"]), _called(after, r["to_group"]), words[r["move"]], *_moved(r, fmt))
                for r in found.by_flow[:FIRST]
            ],
            right=[3, 4, 5, 6, 7, 8],
        )  # fmt: skip
        if len(found.by_flow) > FIRST:
            say(t(f"共 {len(found.by_flow)} 种变化", f"{len(found.by_flow)} flows in all"))
    if out is not None:
        say(t(f"逐例结果：{out}", f"case by case: {out}"))


def _called(pack: Pack, group: str | None) -> str:
    return f"{group or ''} {pack.name(group or '')}".strip()


def _moved(row: Mapping[str, Any], fmt: Format) -> tuple[str, ...]:
    standards = [row["from_standard_amount"], row["to_standard_amount"], row["difference_amount"]]
    money = ("" if amount is None else fmt.money(amount) for amount in standards)
    return f"{row['cases']:,}", fmt.money(row["amount"]), f"{row['priced']:,}", *money


def print_indices(found: pa.Table, names: Mapping[str, str], out: Path | None, as_json: bool) -> None:
    """A row per institution, measure and variant."""
    rows = found.to_pylist()
    if as_json:
        print_json({"indices": rows, "out": out})
        return
    contract = load_contracts()["casemix_index"]
    words = {c.value: t(c.zh, c.en) for name in ("measure", "variant", "note") for c in contract.by_name[name].codes}
    printed = [
        (
            names.get(row["institution_id"], row["institution_id"]), words[row["measure"]], words[row["variant"]],
            f"{row['cases']:,}", _weight(row["value_ppm"]), _interval(row), words.get(row["note"] or "", ""),
        )
        for row in rows
    ]  # fmt: skip
    print_table(
        [t("机构", "institution"), t("指标", "measure"), t("口径", "variant"), t("病例", "cases"), t("值", "value"),
         t("95% 区间", "95 % interval"), t("说明", "note")],
        printed,
        right=[3, 4],
    )  # fmt: skip
    if out is not None:
        say(t(f"结果：{out}", f"results: {out}"))


def _interval(row: Mapping[str, Any]) -> str:
    return "" if row["lower_ppm"] is None else f"{_weight(row['lower_ppm'])}–{_weight(row['upper_ppm'])}"


def _weight(ppm: int | None) -> str:
    return "" if ppm is None else f"{ppm / 1e6:.4f}"


def print_pack(pack: Pack, found: Sequence[Finding], prices: Weights | None, as_json: bool) -> None:
    """What a pack holds and what is to be said of it; and whether weights fit it."""
    without = sorted(set(pack.drgs) - set(prices.prices)) if prices else []
    unknown = sorted(set(prices.prices) - set(pack.drgs) - set(pack.adrgs)) if prices else []
    misfits = prices.misfits() if prices else []
    if as_json:
        print_json(
            {
                "pack": pack.head.id, "title": pack.title, "mdc": len(pack.mdcs), "adrg": len(pack.adrgs),
                "drg": len(pack.drgs), "lists": len(pack.lists), "complications": len(pack.complications),
                "findings": [vars(one) for one in found],
                "weights": None if prices is None else {
                    "groups": len(prices.prices), "groups_without_weight": without, "weights_without_group": unknown,
                    "payments_that_differ": misfits,
                },
            }
        )  # fmt: skip
        return
    codes = sum(map(len, pack.lists.values()))
    say(
        t(
            f"{pack.title}：{len(pack.mdcs)} 个大类，{len(pack.adrgs)} 个核心组，{len(pack.drgs)} 个病组，"
            f"{len(pack.lists)} 个目录（{codes:,} 个编码），{len(pack.complications):,} 个合并症并发症编码",
            f"{pack.title}: {len(pack.mdcs)} categories, {len(pack.adrgs)} base groups, {len(pack.drgs)} groups, "
            f"{len(pack.lists)} lists ({codes:,} codes), {len(pack.complications):,} complication codes",
        )
    )
    if found:
        severity = {"warning": t("警告", "warning"), "note": t("提示", "note")}
        print_table(
            [t("程度", "severity"), t("位置", "place"), t("问题", "finding"), t("内容", "about")],
            [(severity[one.severity], one.where, t(one.zh, one.en), one.value) for one in found],
        )
    else:
        say(t("没有发现问题", "nothing found"))
    if prices is not None:
        say(
            t(
                f"权重表：{len(prices.prices)} 个病组；方案中没有权重的病组 {len(without)} 个，"
                f"不在方案中的 {len(unknown)} 个，支付标准不等于权重×系数×费率的 {len(misfits)} 处",
                f"weights: {len(prices.prices)} groups; {len(without)} groups of the pack have none, {len(unknown)} "
                f"are not in the pack, {len(misfits)} payments differ from weight x coefficient x rate",
            )
        )
        for group, level, published, computed in misfits[:FIRST]:
            say(f"  {group} {t('级别', 'level')} {level}: {published / 1e8:.4f} ≠ {computed / 1e8:.4f}")
