"""Knowledge points: published texts read, compiled to parameters, chained by validity and taken into a ledger."""

from yibao.supervision.points.compiled import Compiled
from yibao.supervision.points.grammar import compile_point
from yibao.supervision.points.importing import PointsReport, import_points

__all__ = ["Compiled", "PointsReport", "compile_point", "import_points"]
