"""`yibao settle LEDGER --reform DIR`: the ledger under another policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from yibao.benefits import REASONS, PolicyBook, PolicyError, load_policies
from yibao.benefits.load import Written, load_folder
from yibao.benefits.quantities import parse_rate
from yibao.benefits.reform import Reform, Side
from yibao.cli.settle_names import Pair, policy_words, region_names
from yibao.cli.show import print_json, print_table, progress, say
from yibao.cli.words import language, t
from yibao.errors import UsageError
from yibao.ledger import Ledger, open_ledger
from yibao.presentation.fmt import Format
from yibao.presentation.settlement import write_reform_book, write_reform_reports
from yibao.presentation.settlement.columns import codes
from yibao.presentation.settlement.reform_report import ReformFacts
from yibao.runs.manifest import Manifest
from yibao.runs.settlement import reform_run


def settle_reform(
    path: Path,
    reform: Sequence[str],
    baseline: Sequence[str],
    own: Sequence[Path],
    *,
    kinds: Sequence[str],
    adjustment: str,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Compare and report. ``reform`` and ``baseline`` are directories with policies or names of policies."""
    ledger = open_ledger(path)
    book = load_policies(own)
    after, before = _chosen(reform, book), _chosen(baseline, book)
    share = _share(adjustment)
    known = codes("encounter", "kind")
    for kind in kinds:
        if kind not in known:
            raise UsageError(
                f"there is no kind of care {kind!r}", mend="known: " + ", ".join(known),
                zh=f"没有就医类别 {kind!r}", mend_zh="可用：" + "、".join(known),
            )  # fmt: skip
    regions = region_names(ledger)

    def present(folder: Path, told: Reform) -> None:
        facts = _facts(told, ledger, kinds)
        write_reform_book(folder, told.tables, _lines(facts), regions, ledger.currency)
        write_reform_reports(folder, told.tables, facts, regions, ledger.currency)

    with progress() as bar:
        written, told = reform_run(
            ledger, book, present, after=after, before=before, kinds=kinds, adjustment_ppm=share, as_of=as_of,
            progress=bar,
        )  # fmt: skip
    if as_json:
        print_json(_plain(told, written.manifest, written.folder))
    else:
        _print(told, ledger, written.folder)


def _chosen(names: Sequence[str], book: PolicyBook) -> list[Written]:
    """The policies named: those of a directory, which may bear the ids of others, or one by its id."""
    out: list[Written] = []
    for name in names:
        if not Path(name).is_dir():
            out.append(book.find(name))
            continue
        found = load_folder(Path(name))
        for problem in found.problems[:1]:
            raise PolicyError(problem.said("en"), mend="mend that line", zh=problem.said("zh"), mend_zh="请改正该行")
        out += found.written
    return out


def _share(text: str) -> int:
    try:
        share = parse_rate(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1_000_000:
        raise UsageError(
            f"--adjustment {text!r} is no share", mend="write it as 10%", zh=f"--adjustment {text!r} 不是比例",
            mend_zh="请写成 10%",
        )  # fmt: skip
    return share


def _facts(told: Reform, ledger: Ledger, kinds: Sequence[str]) -> ReformFacts:
    words = codes("encounter", "kind")
    chosen = [words[kind] for kind in kinds]
    zh = [
        f"{told.compared:,} 笔结算可比，共 {told.settlements:,} 笔",
        "就医类别：" + ("、".join(z for z, _ in chosen) or "全部"),
    ]
    en = [
        f"{told.compared:,} of {told.settlements:,} settlements compared",
        "kinds of care: " + (", ".join(e for _, e in chosen) or "all"),
    ]
    snapshot = str(ledger.snapshot_id)
    return ReformFacts(
        policy_words(_used(told.before)), policy_words(_used(told.after)), _notes(told),
        {"zh": [f"快照 {snapshot}", *zh], "en": [f"Snapshot {snapshot}", *en]}, told.units_by, told.income_by,
        told.adjustment_ppm,
    )  # fmt: skip


def _used(side: Side) -> list[Written]:
    return [w for found in side.policies.values() for w in found]


def _notes(told: Reform) -> list[Pair]:
    """What a reader must know before trusting a figure."""
    words, out = codes("encounter", "kind"), []
    for side, zh, en in ((told.before, "改革前", "before"), (told.after, "改革后", "after")):
        for reason, n in side.aside.items():
            out.append(
                (
                    f"{zh}有 {n:,} 笔不能计算，两边都不计：{REASONS[reason][0]}。",
                    f"{n:,} settlements could not be reckoned {en} and count on neither side: {REASONS[reason][1]}.",
                )
            )
        unpaid = [words[k] for k in side.unpaid_kinds if k in words]
        if unpaid:
            out.append(
                (
                    f"{zh}的政策对部分{'、'.join(z for z, _ in unpaid)}账单没有待遇，按不支付计算；"
                    "可用 --kind 只比较两边都有的类别。",
                    f"The policies {en} have no benefit for some bills of these kinds, which count as unpaid: "
                    + ", ".join(e for _, e in unpaid)
                    + "; --kind compares only the kinds that both sides know.",
                )
            )
    return out


def _lines(facts: ReformFacts) -> list[tuple[str, str]]:
    """Labelled lines of the workbook's first sheet."""
    labelled = [("改革前 before", facts.before), ("改革后 after", facts.after), ("注意 note", facts.notes)]
    out = [(label, f"{zh}\n{en}") for label, found in labelled for zh, en in found]
    out += [("范围 scope", f"{zh}\n{en}") for zh, en in zip(facts.meta["zh"], facts.meta["en"], strict=True)]
    out.append(
        (
            "怎样读 how to read",
            "就医行为视同不变。个人负担含个人账户支付。受益为负担减少的人。\n"
            "Care is taken as it was. The burden includes what accounts pay. Whoever bears less gains.",
        )
    )
    return out


def _print(told: Reform, ledger: Ledger, folder: Path) -> None:
    money = Format(language(), ledger.currency)
    for label, side in ((t("改革前", "before"), told.before), (t("改革后", "after"), told.after)):
        for zh, en in policy_words(_used(side)):
            say(f"{label}: {t(zh, en)}")
    for zh, en in _notes(told):
        say(t(zh, en))
    sums: dict[str, list[int]] = {}
    for row in told.tables["reform_layer"].to_pylist():
        found = sums.setdefault(row["layer"], [0, 0])
        found[0] += row["before_amount"]
        found[1] += row["after_amount"]
    words, unit = codes("reform_layer", "layer"), money.money_unit
    print_table(
        [
            t("谁付", "who pays"),
            *(f"{w} ({unit})" for w in (t("改革前", "before"), t("改革后", "after"), t("变化", "change"))),
        ],
        [(t(*words[k]), *(money.amount(v) for v in (b, a, a - b))) for k, (b, a) in sums.items() if b or a],
        right=(1, 2, 3),
    )
    everybody = [r for r in told.tables["reform_group"].to_pylist() if r["dimension"] == "all"]
    for w in everybody:
        gained, lost = money.money(w["gained_amount"]), money.money(w["lost_amount"])
        say(
            t(f"{w['persons']:,} 名就医者：受益 {w['winners']:,} 人共 {gained}，受损 {w['losers']:,} 人共 {lost}",
              f"of {w['persons']:,} persons with care {w['winners']:,} gain {gained}, {w['losers']:,} lose {lost}")
        )  # fmt: skip
    for r in told.tables["reform_catastrophic"].to_pylist():
        if r["income_group"] == "all":
            share = f"{r['threshold_ppm'] // 10_000}%"
            say(
                t(f"{r['year']} 年个人负担达到家庭收入 {share} 的家庭：{r['before']} → {r['after']}"
                  f"（共 {r['households']:,} 户）",
                  f"{r['year']} households whose burden reaches {share} of income: {r['before']} -> {r['after']} of"
                  f" {r['households']:,}")
            )  # fmt: skip
    say(t(f"结果：{folder}（reform.zh.html、reform.xlsx）", f"results: {folder} (reform.en.html, reform.xlsx)"))


def _plain(told: Reform, manifest: Manifest, folder: Path) -> dict[str, object]:
    def side(found: Side) -> dict[str, object]:
        policies = {scheme: [w.policy.key for w in used] for scheme, used in found.policies.items()}
        return {"policies": policies, "aside": dict(found.aside), "unpaid_kinds": list(found.unpaid_kinds)}

    tables = {name: table.to_pylist() for name, table in told.tables.items() if name != "reform_person"}
    return {
        "before": side(told.before), "after": side(told.after), "settlements": told.settlements,
        "compared": told.compared, "units_by": told.units_by, "income_by": told.income_by,
        "adjustment_ppm": told.adjustment_ppm, "tables": tables, "folder": str(folder), "seconds": manifest.seconds,
    }  # fmt: skip
