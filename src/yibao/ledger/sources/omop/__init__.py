"""Source ``omop``: tables of the OMOP common data model, versions 5.3 and 5.4, CSV or Parquet, columns in any case.

`mapping.yaml` says what each raw column became and what was decided where the model is silent.
"""

from __future__ import annotations

from yibao.ledger.sources.mapped import shipped_mapping

SOURCE = shipped_mapping(__name__)
