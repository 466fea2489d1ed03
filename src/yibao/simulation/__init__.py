"""A seeded synthetic city with planted truths, independent of the laws that look for them.

:func:`simulate` writes a whole city as raw national files; :func:`simulate_lines` writes very many charge lines, with
the small tables around them, for benchmarks.
"""

from yibao.simulation.bulk.generate import LinesReport, simulate_lines
from yibao.simulation.generate import SimulationReport, simulate

__all__ = ["LinesReport", "SimulationReport", "simulate", "simulate_lines"]
