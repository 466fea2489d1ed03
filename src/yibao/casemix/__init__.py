"""From settlement list to group: packs, the decision list, explanations, comparisons and figures by group.

from yibao.casemix import Sources, open_grouping
grouper = open_grouping(Sources(pack=Path("packs/chs_drg_11"))).grouper
rows = grouper.group(cases)                    # rows of the contract case_group
"""

from yibao.casemix.casefile import CaseFile
from yibao.casemix.cases import Cases, encode, encode_records
from yibao.casemix.compare import Comparison, compare
from yibao.casemix.explain import Explanation, explain
from yibao.casemix.grouper import Grouper
from yibao.casemix.grouping import Grouping, Sources, open_grouping
from yibao.casemix.indices import Limits, institution_indices
from yibao.casemix.pack import Pack, load_pack
from yibao.casemix.stream import Tally, find_case, group_file
from yibao.casemix.weights import Weights, read_weights

__all__ = [
    "CaseFile", "Cases", "Comparison", "Explanation", "Grouper", "Grouping", "Limits", "Pack", "Sources", "Tally",
    "Weights", "compare", "encode", "encode_records", "explain", "find_case", "group_file", "institution_indices",
    "load_pack", "open_grouping", "read_weights",
]  # fmt: skip
