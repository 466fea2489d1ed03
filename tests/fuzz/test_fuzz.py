"""Whatever the bytes: a refusal by name, or rows that balance."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import seeds
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mutations import misshapen, spoiled
from targets import targets

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
#: Runs of each target; one of fhir takes as long as fifty of yaml.
RUNS = {"national": 60, "excel": 30, "sheet": 40, "fhir": 15, "x12": 30, "yaml": 300}
SECONDS = 6


def _settings(runs: int) -> settings:
    return settings(
        max_examples=runs,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )


@pytest.mark.parametrize("name", sorted(RUNS))
def test_seeds_are_taken(name: str) -> None:
    for seed in targets()[name].seeds:
        targets()[name].whole(seed)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_spoiled_documents(name: str) -> None:
    target = targets()[name]

    @_settings(RUNS[name])
    @given(spoiled(target.seeds, target.words))
    def check(data: bytes) -> None:
        target.whole(data)

    check()


@_settings(15)
@given(misshapen([*seeds.RESOURCES, seeds.bundle()]))
def test_misshapen_resources(data: bytes) -> None:
    targets()["fhir"].whole(data)


@_settings(40)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    for name, target in targets().items():
        if name != "fhir":
            target.whole(data)
    targets()["fhir"].quick(data)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_guided_by_coverage(name: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="the coverage-guided fuzzer is not installed (dependency group test)")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(SECONDS), "--work", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs
    assert int(runs[1]) > 0
