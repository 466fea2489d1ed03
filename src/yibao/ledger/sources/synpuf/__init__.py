"""Source ``synpuf``: the CMS synthetic Medicare files (DE-SynPUF) as they are published, or trimmed.

`mapping.yaml` says what each raw column became and what was decided where the files are silent.
"""

from __future__ import annotations

from yibao.ledger.sources.mapped import shipped_mapping

SOURCE = shipped_mapping(__name__)
