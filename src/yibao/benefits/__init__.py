"""Benefits: what each layer of protection pays on a bill.

Policies are folders (:mod:`~yibao.benefits.load`); one kernel settles a bill or a billion (:func:`settle`,
:func:`settle_bill`); every settlement carries its steps.
"""

from yibao.benefits.accumulators import Accumulators
from yibao.benefits.bill import SettledBill, settle_bill
from yibao.benefits.bill_file import BillFile, bill_from, read_bill
from yibao.benefits.bills import BILLS
from yibao.benefits.binding import bind
from yibao.benefits.checks import REASONS
from yibao.benefits.lines import bill_parts, split_lines
from yibao.benefits.load import PolicyBook, PolicyError, load_policies
from yibao.benefits.settle import Settled, kernel, settle
from yibao.benefits.vocabulary import Policy

__all__ = [
    "BILLS",
    "REASONS",
    "Accumulators",
    "BillFile",
    "Policy",
    "PolicyBook",
    "PolicyError",
    "Settled",
    "SettledBill",
    "bill_from",
    "bill_parts",
    "bind",
    "kernel",
    "load_policies",
    "read_bill",
    "settle",
    "settle_bill",
    "split_lines",
]
