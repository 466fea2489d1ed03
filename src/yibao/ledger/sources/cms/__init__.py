"""Source ``cms``: inpatient claims and beneficiaries in the layout of the CMS synthetic Medicare files.

A directory with one file of inpatient claims and one of beneficiaries, CSV or Parquet, with the columns that
`mapping.yaml` lists; it also says what each raw column became and what was decided where the files are silent.
"""

from __future__ import annotations

from yibao.ledger.sources.mapped import shipped_mapping

SOURCE = shipped_mapping(__name__)
