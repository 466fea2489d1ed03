"""The steps a study file may name: each a function of the study and its parameters that returns a `StepResult`.

A step's function takes ``(study: Study, params: ItsParams)``; the class of its second argument types the parameters in
the study file. Its words for the method section stand in ``methods.yaml`` beside this file, under the same name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, get_type_hints

from yibao.equity.context import StepParams, Study
from yibao.equity.errors import StudyError
from yibao.equity.results import StepResult

StepFunction = Callable[[Study, Any], StepResult]

#: Step -> module and function.
STEPS: dict[str, str] = {
    "agglomeration": "yibao.equity.steps.agglomerated:agglomeration",
    "bootstrap": "yibao.equity.steps.bootstrap:bootstrap",
    "budget_shares": "yibao.equity.steps.spillovers:budget_shares",
    "catastrophic": "yibao.equity.steps.households:catastrophic",
    "catchment": "yibao.equity.steps.places:catchment",
    "composite": "yibao.equity.steps.composites:composite",
    "concentration": "yibao.equity.steps.concentrations:concentration",
    "convergence": "yibao.equity.steps.change:convergence",
    "coupling": "yibao.equity.steps.systems:coupling",
    "dagum": "yibao.equity.steps.gaps_between:dagum_by_year",
    "density": "yibao.equity.steps.change:density",
    "describe": "yibao.equity.steps.describe:describe",
    "effect_modification": "yibao.equity.steps.designs:modification",
    "efficiency": "yibao.equity.steps.frontiers:efficiency",
    "event_study": "yibao.equity.steps.policies:events",
    "fairness_of_contribution": "yibao.equity.steps.households:fairness",
    "fixed_effects": "yibao.equity.steps.policies:fixed_effects",
    "geodetector": "yibao.equity.steps.series:detector",
    "gini": "yibao.equity.steps.fairness:gini_by_year",
    "grey_forecast": "yibao.equity.steps.series:forecast",
    "grey_relation": "yibao.equity.steps.series:relation",
    "group_difference": "yibao.equity.steps.policies:groups",
    "hard_and_expensive": "yibao.equity.steps.plane:plane",
    "impoverishment": "yibao.equity.steps.households:impoverished",
    "instruments": "yibao.equity.steps.designs:instruments",
    "malmquist": "yibao.equity.steps.frontiers:productivity",
    "markov": "yibao.equity.steps.chains:markov",
    "matched_did": "yibao.equity.steps.matches:matched_did",
    "matching": "yibao.equity.steps.matches:matching",
    "mediation": "yibao.equity.steps.designs:mediated",
    "moran": "yibao.equity.steps.spatial:moran_by_year",
    "obstacle": "yibao.equity.steps.systems:obstacle",
    "ordered_logit": "yibao.equity.steps.designs:ordered",
    "panel_threshold": "yibao.equity.steps.spillovers:threshold",
    "poverty_trap": "yibao.equity.steps.spillovers:trap",
    "progressivity": "yibao.equity.steps.concentrations:progressivity",
    "rank_sum": "yibao.equity.steps.ranked:rank_sum",
    "ratio": "yibao.equity.steps.describe:ratio",
    "spatial_model": "yibao.equity.steps.models:spatial_model",
    "spillover": "yibao.equity.steps.spillovers:spillover",
    "staggered": "yibao.equity.steps.policies:staggered",
    "theil": "yibao.equity.steps.fairness:theil_by_year",
    "tiers": "yibao.equity.steps.describe:tiers",
    "topsis": "yibao.equity.steps.ranked:ideal",
    "vulnerability": "yibao.equity.steps.households:vulnerability",
}


def step_function(name: str) -> tuple[StepFunction, type[StepParams]]:
    """A step's function and the class of its parameters; raises StudyError on a name that is none."""
    if name not in STEPS:
        raise StudyError(
            f"there is no step {name!r}",
            mend=f"steps are: {', '.join(sorted(STEPS))}",
            zh=f"没有步骤 {name}",
            mend_zh=f"可用步骤：{'、'.join(sorted(STEPS))}",
        )
    module, _, function = STEPS[name].partition(":")
    found: StepFunction = getattr(importlib.import_module(module), function)
    kinds = [kind for key, kind in get_type_hints(found).items() if key != "return"]
    return found, kinds[1]
