"""Is an effect different between groups? By interaction in one model, and by permuting who belongs where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yibao.equity.checks import Note, refusal
from yibao.equity.evaluation.panel import PanelFit, two_way_fixed_effects
from yibao.equity.evaluation.tables import Columns, Estimate, Missing, frame


class GroupDifference(NamedTuple):
    """The effect in each group, and the differences to the first with their tests.

    `differences` from the interaction model, errors clustered; `permutation_p` by Fisher's permutation of units between
    groups, one a difference; empty without draws.
    """

    effects: dict[str, Estimate]
    differences: dict[str, Estimate]
    permutation_p: dict[str, float]
    fit: PanelFit
    notes: tuple[Note, ...]


def group_difference(
    data: Columns,
    outcome: str,
    treatment: str,
    group: str,
    unit: str,
    year: str,
    *,
    controls: Sequence[str] = (),
    draws: int = 0,
    seed: int = 1,
    missing: Missing = "refuse",
) -> GroupDifference:
    """Effects of `treatment` by `group` (a label fixed within units) in one two-way fixed effects model.

    Controls have one coefficient for all groups. That one group's effect has stars and another's has none says nothing
    about their difference: read `differences`. With `draws`, labels are permuted over units and p is the share of
    permutations whose difference is at least as far from zero, (r + 1)/(draws + 1).
    """
    read = frame(data, [outcome, treatment, year, *controls], [unit, group], missing)
    key, table = read.key, read.data
    if (table.groupby(key[unit])[key[group]].nunique() > 1).any():
        raise refusal(group, "changes within a unit", "同一单元的分组不一致")
    names = sorted(table[key[group]].unique())
    if len(names) < 2:
        raise refusal(group, "holds one group", "只有一组")
    columns = {name: table[key[name]].to_numpy() for name in [outcome, treatment, year, unit, *controls]}
    labels = table[key[group]].to_numpy()
    by_group = _fit(columns, labels, names, outcome, treatment, unit, year, controls, against=None)
    fit = _fit(columns, labels, names, outcome, treatment, unit, year, controls, against=names[0])
    differences = {name: fit.estimates[f"{treatment} × {name}"] for name in names[1:]}
    found: dict[str, float] = {}
    if draws:
        found = _permuted(columns, labels, names, differences, outcome, treatment, unit, year, controls, draws, seed)
    effects = {name: by_group.estimates[f"{treatment} × {name}"] for name in names}
    return GroupDifference(effects, differences, found, fit, (*read.notes, *fit.notes))


def _fit(
    columns: dict[str, np.ndarray],
    labels: np.ndarray,
    names: Sequence[str],
    outcome: str,
    treatment: str,
    unit: str,
    year: str,
    controls: Sequence[str],
    against: str | None,
) -> PanelFit:
    """One term a group, or the treatment and one term a group other than `against`."""
    terms = {f"{treatment} × {n}": columns[treatment] * (labels == n) for n in names if n != against}
    treatments = [*terms] if against is None else [treatment, *terms]
    return two_way_fixed_effects(
        {**columns, **terms}, outcome, treatments, unit, year, controls=controls, wild_draws=199
    )


def _permuted(
    columns: dict[str, np.ndarray],
    labels: np.ndarray,
    names: Sequence[str],
    differences: dict[str, Estimate],
    outcome: str,
    treatment: str,
    unit: str,
    year: str,
    controls: Sequence[str],
    draws: int,
    seed: int,
) -> dict[str, float]:
    random = np.random.default_rng(seed)
    units, first, code = np.unique(columns[unit], return_index=True, return_inverse=True)
    own = labels[first]
    beyond = dict.fromkeys(differences, 0)
    for _ in range(draws):
        moved = own[random.permutation(len(units))][code]
        fit = _fit(columns, moved, names, outcome, treatment, unit, year, controls, against=names[0])
        for name, one in differences.items():
            beyond[name] += abs(fit.estimates[f"{treatment} × {name}"].value) >= abs(one.value)
    return {name: (count + 1) / (draws + 1) for name, count in beyond.items()}
