"""The reform report: one HTML file for each language, which needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from yibao.presentation.charts.dots import DotRow, dots, signs
from yibao.presentation.charts.paired import Pair, Swing, paired_bars, swings
from yibao.presentation.fmt import Format, Lang, heading
from yibao.presentation.messages import LANGUAGES, Messages
from yibao.presentation.report.page import render
from yibao.presentation.report.rows import Cell, Head, RowTable
from yibao.presentation.report.scene import Figure
from yibao.presentation.settlement.columns import Row, codes, group_words
from yibao.presentation.settlement.reform_book import CSV_NAME, XLSX_NAME, share_ppm

#: Dimensions with a picture of their own; the others are in the workbook.
BURDEN = ("age", "income", "person_class", "level", "kind", "status")
SWINGS = ("income", "person_class", "scheme")
_ORDERS = {
    "age": ("0-5", "6-17", "18-44", "45-59", "60-74", "75+", "unknown"),
    "person_class": ("in_service", "retired", "retired_cadre", "minor", "adult", "elderly", "unknown"),
}
ARRANGEMENTS = ("alone", "adjustment", "pooled")


@dataclass(frozen=True)
class ReformFacts:
    """What the report says beside the tables: the policies of both sides in words, notes, and where it all is from."""

    before: Sequence[tuple[str, str]]
    after: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str]]
    meta: Mapping[str, Sequence[str]]
    units_by: str
    income_by: str
    adjustment_ppm: int


def write_reform_reports(
    folder: Path,
    tables: Mapping[str, pa.Table],
    facts: ReformFacts,
    regions: Mapping[str, tuple[str, str]],
    currency: str,
) -> list[Path]:
    """Write ``reform.zh.html`` and ``reform.en.html``; returns their paths."""
    rows = {name: table.to_pylist() for name, table in tables.items() if name != "reform_person"}
    paths = []
    for lang in LANGUAGES:
        page = _Page(rows, facts, regions, Format(lang, currency), Messages(lang))
        path = folder / f"reform.{lang}.html"
        path.write_text(page.html(), encoding="utf-8")
        paths.append(path)
    return paths


@dataclass(frozen=True)
class _Page:
    rows: Mapping[str, list[Row]]
    facts: ReformFacts
    regions: Mapping[str, tuple[str, str]]
    fmt: Format
    t: Messages

    @property
    def lang(self) -> Lang:
        return self.fmt.lang

    @cached_property
    def whole(self) -> Row:
        """The row of everybody; noughts where no bill could be compared."""
        zero = dict.fromkeys(self.rows["reform_group"][0], 0) if self.rows["reform_group"] else {}
        return next((r for r in self.rows["reform_group"] if r["dimension"] == "all"), zero)

    def html(self) -> str:
        burden = [f for f in (self._burden(d) for d in BURDEN) if f]
        return render(
            "reform.html.j2", self.fmt, self.t, facts=self.facts, whole=self.whole, short=self._short(),
            layers=self._layers(), burden=burden, swings=[f for f in (self._swings(d) for d in SWINGS) if f],
            catastrophic=self._catastrophic(), thresholds=self._thresholds(),
            pooling=[self._pooling(s) for s in self._schemes()], pooling_table=self._pooling_table(),
            pooling_words=self._pooling_words(),
            pick=0 if self.lang == "zh" else 1, xlsx=XLSX_NAME, csv=CSV_NAME,
        )  # fmt: skip

    def _pick(self, words: tuple[str, str]) -> str:
        return words[0] if self.lang == "zh" else heading(words[1])

    def _change(self, before: int, after: int) -> str:
        """A change in money with its sign, and in percent where it has a base."""
        short = self.fmt.short(abs(after - before))
        sign = "+" if after > before else "−" if after < before else "±"
        if before <= 0:
            return f"{sign}{short}"
        return (
            f"{sign}{short}（{sign}{self._rate(abs(after - before), before)}）"
            if self.lang == "zh"
            else (f"{sign}{short} ({sign}{self._rate(abs(after - before), before)})")
        )

    def _rate(self, part: int, whole: int) -> str:
        return self.fmt.percent(part, whole)

    def _short(self) -> list[str]:
        w, t = self.whole, self.t
        said = [
            t("reform.short.funds", change=self._change(w["fund_before"], w["fund_after"]),
              before=self.fmt.short(w["fund_before"]), after=self.fmt.short(w["fund_after"])),
            t("reform.short.burden", change=self._change(w["person_before"], w["person_after"]),
              before=self._rate(w["person_before"], w["total_amount"]),
              after=self._rate(w["person_after"], w["total_amount"])),
            t("reform.short.people", winners=w["winners"], losers=w["losers"], persons=w["persons"],
              gained=self.fmt.short(w["gained_amount"]), lost=self.fmt.short(w["lost_amount"])),
        ]  # fmt: skip
        ten = [
            r for r in self.rows["reform_catastrophic"] if r["income_group"] == "all" and r["threshold_ppm"] == 100_000
        ]
        if ten:
            sums = {k: sum(r[k] for r in ten) for k in ("households", "before", "after")}
            said.append(t("reform.short.catastrophic", **sums))
        return said

    # -- cost of layers

    def _layers(self) -> tuple[Figure, RowTable]:
        words = codes("reform_layer", "layer")
        sums: dict[str, list[int]] = {}
        for row in self.rows["reform_layer"]:
            found = sums.setdefault(row["layer"], [0, 0])
            found[0] += row["before_amount"]
            found[1] += row["after_amount"]
        pairs = [
            Pair(self._pick(words[k]), b, a, self.fmt.short(b), self.fmt.short(a))
            for k, (b, a) in sums.items()
            if b or a
        ]
        title = self.t("reform.layers.title")
        key = (("box-q1", self.t("reform.before")), ("box-q5", self.t("reform.after")))
        return Figure(title, self.fmt.money_unit, paired_bars(pairs, title), key), self._layer_table(words)

    def _layer_table(self, words: Mapping[str, tuple[str, str]]) -> RowTable:
        schemes = codes("enrolment", "scheme")
        t = self.t
        heads = [Head(t("reform.scheme")), Head(t("reform.layer")), *self._sides(), Head(t("reform.change"), "n")]
        view = RowTable(t("reform.layers.title"), heads)
        for row in self.rows["reform_layer"]:
            before, after = row["before_amount"], row["after_amount"]
            if before or after:
                view.rows.append([
                    Cell(self._pick(schemes.get(row["scheme"], (row["scheme"], row["scheme"]))), "head"),
                    Cell(self._pick(words[row["layer"]])), self._money(before), self._money(after),
                    self._money(after - before),
                ])  # fmt: skip
        return view

    def _sides(self) -> list[Head]:
        unit = self.fmt.money_unit
        label = self.t
        return [
            Head(label("table.with_unit", label=label(f"reform.{side}"), unit=unit), "n")
            for side in ("before", "after")
        ]

    def _money(self, amount: int) -> Cell:
        return Cell(self.fmt.amount(amount), "n", amount)

    # -- groups

    def _groups(self, dimension: str) -> list[Row]:
        found = [r for r in self.rows["reform_group"] if r["dimension"] == dimension and r["total_amount"] > 0]
        order = _ORDERS.get(dimension)
        return sorted(found, key=lambda r: order.index(r["group_code"])) if order else found

    def _name(self, row: Row) -> str:
        return self._pick(group_words(row["dimension"], row["group_code"], self.regions))

    def _burden(self, dimension: str) -> tuple[Figure, RowTable] | None:
        rows = self._groups(dimension)
        if len(rows) < 2:
            return None
        t = self.t
        title = t(f"reform.burden.{dimension}")
        heads = [
            Head(t("reform.group")), Head(t("reform.persons"), "n"), Head(t("reform.rate_before"), "n"),
            Head(t("reform.rate_after"), "n"), *self._sides(), Head(t("reform.change"), "n"),
        ]  # fmt: skip
        view, marks = RowTable(title, heads), []
        for row in rows:
            name, total = self._name(row), row["total_amount"]
            texts = [self._rate(row[k], total) for k in ("person_before", "person_after")]
            shares = tuple((share_ppm(row[k], total) or 0) / 1e4 for k in ("person_before", "person_after"))
            tips = tuple(
                f"{name} {t(f'reform.{s}')} {text}" for s, text in zip(("before", "after"), texts, strict=True)
            )
            marks.append(DotRow(name, shares, tips))
            view.rows.append([
                Cell(name, "head"), Cell(self.fmt.count(row["persons"]), "n", row["persons"]),
                *(Cell(text, "n", int(share * 1e4)) for text, share in zip(texts, shares, strict=True)),
                self._money(row["person_before"]), self._money(row["person_after"]),
                self._money(row["person_after"] - row["person_before"]),
            ])  # fmt: skip
        return Figure(title, t("reform.burden.unit"), dots(marks, title, zero=False), self._key(2)), view

    def _key(self, count: int, names: Sequence[str] = ("before", "after")) -> tuple[tuple[str, str], ...]:
        return tuple(zip(signs(count), (self.t(f"reform.{name}") for name in names), strict=True))

    def _swings(self, dimension: str) -> tuple[Figure, RowTable] | None:
        rows = [r for r in self._groups(dimension) if r["winners"] or r["losers"]]
        if not rows:
            return None
        t, fmt = self.t, self.fmt
        title = t(f"reform.swings.{dimension}")
        drawn = [
            Swing(
                self._name(r), r["gained_amount"], r["lost_amount"],
                t("reform.swings.end", n=r["winners"], money=fmt.short(r["gained_amount"])),
                t("reform.swings.end", n=r["losers"], money=fmt.short(r["lost_amount"])),
            )
            for r in rows
        ]  # fmt: skip
        heads = [
            Head(t("reform.group")), Head(t("reform.persons"), "n"), Head(t("reform.winners"), "n"),
            Head(t("reform.gained"), "n"), Head(t("reform.losers"), "n"), Head(t("reform.lost"), "n"),
        ]  # fmt: skip
        view = RowTable(title, heads, [
            [
                Cell(self._name(r), "head"), *(Cell(fmt.count(r[k]), "n", r[k]) for k in ("persons", "winners")),
                self._money(r["gained_amount"]), Cell(fmt.count(r["losers"]), "n", r["losers"]),
                self._money(r["lost_amount"]),
            ]
            for r in rows
        ])  # fmt: skip
        key = (("square-hollow", t("reform.lost")), ("square-c1", t("reform.gained")))
        return Figure(title, self.t("reform.swings.unit"), swings(drawn, title), key), view

    # -- catastrophic expenditure

    def _catastrophic(self) -> Figure | None:
        rows = [r for r in self.rows["reform_catastrophic"] if r["threshold_ppm"] == 100_000 and r["households"]]
        if not rows:
            return None
        t, marks, several = self.t, [], len({r["year"] for r in rows}) > 1
        for row in sorted(rows, key=lambda r: (r["year"], r["income_group"])):
            name = self._pick(group_words("income", row["income_group"], {}))
            name = f"{row['year']} {name}" if several else name
            shares = tuple(row[k] * 100 / row["households"] for k in ("before", "after"))
            texts = tuple(f"{name} {t(f'reform.{k}')} {row[k]} / {row['households']}" for k in ("before", "after"))
            marks.append(DotRow(name, shares, texts))
        title = t("reform.catastrophic.title")
        return Figure(title, t("reform.catastrophic.unit"), dots(marks, title), self._key(2))

    def _thresholds(self) -> RowTable:
        t = self.t
        heads = [
            Head(t("reform.year")), Head(t("reform.threshold"), "n"), Head(t("reform.group")),
            *(Head(t(f"reform.{k}"), "n") for k in ("households", "before", "after", "relieved", "newly")),
        ]  # fmt: skip
        view = RowTable(t("reform.catastrophic.caption"), heads)
        for row in self.rows["reform_catastrophic"]:
            view.rows.append([
                Cell(str(row["year"]), "head"), Cell(f"{row['threshold_ppm'] // 10_000}%", "n", row["threshold_ppm"]),
                Cell(self._pick(group_words("income", row["income_group"], {}))),
                *(Cell(self.fmt.count(row[k]), "n", row[k])
                  for k in ("households", "before", "after", "relieved", "newly")),
            ])  # fmt: skip
        return view

    # -- pooling

    def _schemes(self) -> list[str]:
        return sorted({r["scheme"] for r in self.rows["reform_pooling"]})

    def _pooling(self, scheme: str) -> Figure:
        """Balances after the reform, as a share of income, under the three arrangements."""
        marks = []
        mine = [r for r in self.rows["reform_pooling"] if r["scheme"] == scheme and r["side"] == "after"]
        for region in sorted({r["region_code"] for r in mine}):
            by = {r["arrangement"]: r for r in mine if r["region_code"] == region}
            name = self._pick(group_words("region", region, self.regions))
            balances = [by[a]["balance_amount"] for a in ARRANGEMENTS]
            income = by["alone"]["income_amount"]
            tips = tuple(
                f"{name} {self.t(f'reform.{a}')} {self.fmt.money(b)}"
                for a, b in zip(ARRANGEMENTS, balances, strict=True)
            )
            marks.append(DotRow(name, tuple(100 * b / income if income else 0.0 for b in balances), tips))
        words = codes("enrolment", "scheme").get(scheme, (scheme, scheme))
        title = self.t("reform.pooling.title", scheme=self._pick(words))
        return Figure(title, self.t("reform.pooling.unit"), dots(marks, title), self._key(3, ARRANGEMENTS))

    def _pooling_words(self) -> str:
        share = self.fmt.value(self.facts.adjustment_ppm // 100, "bp")
        units = self.t(f"reform.pooling.sub_{self.facts.units_by}", share=share)
        return f"{units} {self.t(f'reform.pooling.income_{self.facts.income_by}')}"

    def _pooling_table(self) -> RowTable:
        t, schemes = self.t, codes("enrolment", "scheme")
        money = ("income", "cost", "paid_in", "received", "balance")
        heads = [
            Head(t("reform.side")), Head(t("reform.arrangement")), Head(t("reform.scheme")), Head(t("reform.unit")),
            Head(t("reform.persons"), "n"), *(Head(t(f"reform.{k}"), "n") for k in money),
        ]  # fmt: skip
        view = RowTable(t("reform.pooling.caption"), heads)
        ordered = sorted(
            self.rows["reform_pooling"],
            key=lambda r: (r["side"] == "after", ARRANGEMENTS.index(r["arrangement"]), r["scheme"], r["region_code"]),
        )
        for row in ordered:
            view.rows.append([
                Cell(t(f"reform.{row['side']}"), "head"), Cell(t(f"reform.{row['arrangement']}")),
                Cell(self._pick(schemes.get(row["scheme"], (row["scheme"], row["scheme"])))),
                Cell(self._pick(group_words("region", row["region_code"], self.regions))),
                Cell(self.fmt.count(row["insured"]), "n", row["insured"]),
                *(self._money(row[f"{k}_amount"]) for k in money),
            ])  # fmt: skip
        return view
