"""Loads, validates, dates, binds, explains, proves and runs law folders (shipped ones and the user's own)."""

from yibao.lawbook.case_files import Case, CaseError, read_cases
from yibao.lawbook.cases import CaseResult, run_cases
from yibao.lawbook.load import Lawbook, LawError, load_laws
from yibao.lawbook.model import Law, LawProblem
from yibao.lawbook.proof import Proof, prove
from yibao.lawbook.run import Outcome, ParameterError, bind, columns_of, read_often, run_body, run_law

__all__ = [
    "Case",
    "CaseError",
    "CaseResult",
    "Law",
    "LawError",
    "LawProblem",
    "Lawbook",
    "Outcome",
    "ParameterError",
    "Proof",
    "bind",
    "columns_of",
    "load_laws",
    "prove",
    "read_cases",
    "read_often",
    "run_body",
    "run_cases",
    "run_law",
]
