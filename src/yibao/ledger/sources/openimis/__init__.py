"""Source ``openimis``: tables of an openIMIS database (`tblInsuree`, `tblClaim` …), as CSV, Excel or Parquet.

`mapping.yaml` says what each raw column became and what was decided where openIMIS and the ledger differ.
"""

from __future__ import annotations

from yibao.ledger.sources.mapped import shipped_mapping

SOURCE = shipped_mapping(__name__)
