"""Suggesting national codes for local names: names per second, memory, and how often the suggestion is right.

The scale counts local names. The national list has 35 000 names: those of ``DIR/icd/diagnosis.csv.gz`` when ``--data``
names a folder with it, else names composed of sites and conditions. Each local name is a national one after one to
three errors of a clerk (:func:`misspelt`), so the right answer is known; local codes say nothing.

``top1`` and ``top5`` are shares of names whose right code is first, or among five; ``strong`` is the share of those
that the tool calls strong, ``wrong_strong`` the share of wrong ones among these. Limit: 60 s for 30 000 names. The peer
compares every pair by edit distance; its time is extrapolated from a few names.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.engine.yaml import read_yaml
from yibao.ledger.codes.distance import edit_distances
from yibao.ledger.codes.entries import entries
from yibao.ledger.codes.scoring import Compared, compare
from yibao.ledger.codes.suggesting import MARGIN, STRONG, TOP

NATIONAL = 35_000
LIMIT_SECONDS_PER_NAME = 60 / 30_000
_PEERS = 3

_ABBREVIATIONS = (
    ("综合征", "综合症"), ("恶性肿瘤", "癌"), ("慢性阻塞性肺", "慢阻肺"), ("梗死", "梗塞"), ("心脏", "心"),
    ("功能", "机能"), ("二", "Ⅱ"), ("肾脏", "肾"),
)  # fmt: skip


def run(scale: int, work: Path, data: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    """Figures of the module, and ``names_per_second``."""
    names = real_names(data) if data else composed_names(NATIONAL)
    started = time.perf_counter()
    figures = accuracy(names, scale, seed=7)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    for name in names[:_PEERS]:
        edit_distances([name] * len(names), names)
    peer = (time.perf_counter() - started) / _PEERS * scale
    return {
        "seconds": round(seconds, 2),
        "limit_seconds": round(LIMIT_SECONDS_PER_NAME * scale, 2),
        "peer_seconds": round(peer, 2),
        "ratio": round(seconds / peer, 3),
        "national": len(names),
        "names_per_second": round(scale / seconds),
        **figures,
    }


def accuracy(names: list[str], scale: int, seed: int) -> dict[str, float]:
    """Shares ``top1``, ``top5``, ``strong`` and ``wrong_strong`` for ``scale`` misspelt names of a national list."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(names), scale)
    letters = sorted(set("".join(names)))
    local = [misspelt(names[n], rng, letters) for n in truth]
    national = entries("diagnosis", pa.table({"code": [f"N{n:05d}" for n in range(len(names))], "name": names}))
    mine = entries("diagnosis", pa.table({"code": [f"own{n}" for n in range(scale)], "name": local}))
    return _shares(compare(mine, national, TOP), truth, names)


def _shares(found: Compared, truth: np.ndarray[Any, np.dtype[np.int64]], names: list[str]) -> dict[str, float]:
    # Two codes of one name are equally right.
    same = np.unique(np.array(names), return_inverse=True)[1]
    right = same[found.national] == same[truth[found.local]]
    first = np.concatenate([[True], found.local[1:] != found.local[:-1]]) if len(right) else right
    best = np.flatnonzero(first)
    following = np.minimum(best + 1, len(right) - 1)
    margin = np.where(first[following], STRONG, found.score[best] - found.score[following])
    strong = best[(found.score[best] >= STRONG) & (margin >= MARGIN)]
    return {
        "top1": round(float(right[best].sum()) / len(truth), 4),
        "top5": round(len(np.unique(found.local[right])) / len(truth), 4),
        "strong": round(len(strong) / len(truth), 4),
        "wrong_strong": round(float((~right[strong]).mean()) if len(strong) else 0.0, 4),
    }


def misspelt(name: str, rng: np.random.Generator, letters: list[str]) -> str:
    """``name`` after one to three errors: letters wrong, missing or swapped, abbreviations, width, order, remarks."""
    for _ in range(int(rng.integers(1, 4))):
        kind, at = rng.random(), int(rng.integers(0, max(len(name), 1)))
        if kind < 0.18 and len(name) > 4:
            name = name[:at] + letters[int(rng.integers(0, len(letters)))] + name[at + 1 :]
        elif kind < 0.36 and len(name) > 5:
            name = name[:at] + name[at + 1 :]
        elif kind < 0.50:
            name = name.replace(*_ABBREVIATIONS[int(rng.integers(0, len(_ABBREVIATIONS)))])
        elif kind < 0.60:
            name = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
        elif kind < 0.72:
            name = "，".join(rng.permutation(name.replace("、", "，").split("，")))
        elif kind < 0.82:
            name += ("  ", "（待查）", "?", "　")[int(rng.integers(0, 4))]
        elif kind < 0.92 and at + 2 <= len(name):
            name = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        else:
            name = name.replace("的", "").replace("性", "", 1)
    return name


def composed_names(count: int) -> list[str]:
    """``count`` distinct names of the form quality + site + condition, in an order that mixes them."""
    doc = read_yaml((files("yibao.benchmarks") / "catalogue_words.yaml").read_text(encoding="utf-8"), "words")
    words = [[word or "" for word in doc[part]] for part in ("qualities", "sites", "conditions")]
    every = ["".join(parts) for parts in itertools.product(*words)]
    return [every[n] for n in np.random.default_rng(1).permutation(len(every))[:count]]


def real_names(folder: Path) -> list[str]:
    """The names of the diagnosis list in a folder of test data."""
    with gzip.open(folder / "icd" / "diagnosis.csv.gz", "rt", encoding="utf-8") as lines:
        return [row["name"] for row in csv.DictReader(lines)]
