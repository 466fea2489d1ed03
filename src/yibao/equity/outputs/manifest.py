"""The manifest of a study: everything that is needed to run it again and to know that the same came out."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

from yibao.equity.study import StudyResult, parameters

FORMAT = "yibao study 1"
_LIBRARIES = (
    "numpy",
    "scipy",
    "pyarrow",
    "esda",
    "giddy",
    "spreg",
    "libpysal",
    "statsmodels",
    "linearmodels",
    "pyfixest",
    "altair",
)


def write_manifest(result: StudyResult, folder: Path) -> dict[str, Any]:
    """manifest.json: study and data by SHA-256, versions, seed, parameters and seconds of steps, outputs by SHA-256."""
    outputs = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "study": result.text.study,
        "study_sha256": result.text_hash,
        "seed": result.text.seed,
        "labels": [{"zh": zh, "en": en} for zh, en in result.labels],
        "data": result.files,
        "yibao": _version("yibao"),
        "python": platform.python_version(),
        "libraries": {name: version for name in _LIBRARIES if (version := _version(name))},
        "steps": [
            {
                "id": run.text.name,
                "step": run.text.step,
                "parameters": parameters(run),
                "seconds": round(run.seconds, 3),
            }
            for run in result.steps
        ],
        "seconds": round(result.seconds, 3),
        "outputs": {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in outputs},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
