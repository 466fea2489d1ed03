"""`yibao region`: the region tree with what each region comes to, and how the bills across regions compare."""

from __future__ import annotations

from dataclasses import asdict

from yibao.cli.options import AsJson, AsOf, LedgerPath
from yibao.cli.show import print_json, print_table, say
from yibao.cli.words import language, t
from yibao.errors import YibaoError
from yibao.ledger import open_ledger
from yibao.ledger.regions import RegionFigures, RegionTree, bills_compared, region_figures
from yibao.presentation.fmt import Format

_OUTCOMES = {
    "matched": ("一致", "both sides agree"),
    "other_id": ("一致，编号不同", "both agree, two ids"),
    "amount_differs": ("金额不一致", "amounts differ"),
    "only_insured": ("仅参保地有", "only at the insured place"),
    "only_care": ("仅就医地有", "only at the place of care"),
    "awaited": ("另一方尚未申报", "other side not reported yet"),
}


def region(ledger_path: LedgerPath, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """The region tree with insured persons, institutions, care given there and what funds paid for its people."""
    ledger = open_ledger(ledger_path)
    tree = RegionTree.of(ledger, as_of)
    if not tree.regions:
        raise YibaoError(
            "the ledger has no regions",
            where=str(ledger_path),
            mend="take in a region.csv with `yibao ingest`",
            zh="账本中没有区划",
            mend_zh="请用 `yibao ingest` 读入 region.csv",
        )
    fmt = Format(language(), ledger.currency)
    figures, compared = region_figures(ledger, tree, as_of), bills_compared(ledger, as_of)
    if as_json:
        regions = [
            {**vars(place), "depth": depth, "pool": tree.pool_of(place.code), **asdict(figures[place.code])}
            for depth, place in tree.walk()
        ]
        bills = {name: dict(zip(("bills", "fund", "apart"), row, strict=True)) for name, row in compared.items()}
        print_json({"regions": regions, "outside": asdict(figures[None]), "cross_region": bills})
        return
    rows = [
        (
            f"{'  ' * depth}{t(region.name, region.name_en or region.name)} {region.code}",
            *_row(figures[region.code], fmt),
        )
        for depth, region in tree.walk()
    ]
    if figures[None] != RegionFigures():
        rows.append((t("（不在区划树中）", "(not in the tree)"), *_row(figures[None], fmt)))
    print_table(
        [
            t("区划", "region"),
            t("参保人", "insured"),
            t("机构", "institutions"),
            t("在此结算", "settled here"),
            t(f"总额（{fmt.money_unit}）", f"total ({fmt.money_unit})"),
            t("为其参保人支付", "funds for its people"),
            t("其中统筹区外", "outside the pool"),
            t("基金支付", "by funds"),
        ],
        rows,
        right=range(1, 8),
    )
    if compared:
        say("")
        print_table(
            [
                t("异地对账", "bills across regions"),
                t("笔数", "bills"),
                t("基金支付", "funds"),
                t("两方相差", "apart"),
            ],
            [
                (t(*_OUTCOMES[k]), f"{n:,}", fmt.amount(fund), fmt.amount(apart))
                for k, (n, fund, apart) in compared.items()
            ],
            right=(1, 2, 3),
        )


def _row(figures: RegionFigures, fmt: Format) -> tuple[str, ...]:
    return (
        f"{figures.insured:,}",
        f"{figures.institutions:,}",
        f"{figures.settlements:,}",
        fmt.amount(figures.total_amount),
        fmt.amount(figures.fund_amount),
        f"{figures.elsewhere:,}",
        fmt.amount(figures.elsewhere_fund_amount),
    )
