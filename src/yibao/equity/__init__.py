"""Equity: whether resources lie fairly, and whether what is built together grows together.

Every public name is listed below with its module and is loaded when it is first used, so that `import yibao.equity`
costs nothing. Matrices are regions × years (or rows × indicators) of floats; nothing here touches money of a ledger.
"""

from __future__ import annotations

import importlib
from typing import Any

#: Public name -> module of this package. A module is never named as a public name is: importing the module would put
#: it in the name's place.
_NAMES = {
    "AgglomerationDegree": "agglomeration",
    "agglomeration_degree": "agglomeration",
    "resource_density_index": "agglomeration",
    "CompositeIndex": "composite",
    "composite_index": "composite",
    "game_weights": "composite",
    "GRADES": "coupling",
    "Coupling": "coupling",
    "coordination_grade": "coupling",
    "coupling_coordination": "coupling",
    "relative_development": "coupling",
    "BetaConvergence": "convergence",
    "SigmaConvergence": "convergence",
    "beta_convergence": "convergence",
    "panel_convergence": "convergence",
    "sigma_convergence": "convergence",
    "Dagum": "decomposition",
    "dagum": "decomposition",
    "KernelDensity": "density",
    "kernel_density": "density",
    "EquityError": "errors",
    "MethodError": "errors",
    "PanelError": "errors",
    "StudyError": "errors",
    "Theil": "inequality",
    "equality_band": "inequality",
    "gini": "inequality",
    "lorenz": "inequality",
    "theil": "inequality",
    "williamson": "inequality",
    "IndicatorSystem": "indicators",
    "load_indicators": "indicators",
    "TransitionMatrix": "markov",
    "markov_classes": "markov",
    "spatial_transitions": "markov",
    "transitions": "markov",
    "Moran": "autocorrelation",
    "local_moran": "autocorrelation",
    "moran": "autocorrelation",
    "Obstacles": "obstacle",
    "obstacle_degree": "obstacle",
    "Panel": "panel",
    "read_panel": "intake",
    "impute": "gaps",
    "panel_report": "gaps",
    "provinces": "regions",
    "RankSum": "ranking",
    "rank_sum_ratio": "ranking",
    "standardise": "scaling",
    "SpatialModel": "spatial_models",
    "diagnose": "spatial_models",
    "spatial_regression": "spatial_models",
    "PanelModel": "spatial_panels",
    "hausman": "spatial_panels",
    "spatial_panel": "spatial_panels",
    "SpatialWeights": "neighbours",
    "contiguity": "neighbours",
    "distance_weights": "neighbours",
    "nearest_neighbours": "neighbours",
    "StudyResult": "study",
    "run_study": "study",
    "topsis": "ranking",
    "read_yearbook": "yearbook",
}
#: Statistics that other rooms share.
_SHARED = ("AhpWeights", "ahp_weights", "combined_weights", "critic_weights", "entropy_of", "entropy_weights")

__all__ = [*_NAMES, *_SHARED]


def __getattr__(name: str) -> Any:
    module = f"yibao.equity.{_NAMES[name]}" if name in _NAMES else "yibao.measures" if name in _SHARED else None
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
