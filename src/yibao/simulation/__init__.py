"""A seeded synthetic province with planted truths, independent of the laws that look for them.

:func:`simulate` writes it as raw national files, from the two thousand persons of a test to millions.
"""

from yibao.simulation.generate import LINES_PER_PERSON, SimulationReport, simulate

__all__ = ["LINES_PER_PERSON", "SimulationReport", "simulate"]
