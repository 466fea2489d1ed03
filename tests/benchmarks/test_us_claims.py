"""The labelled US claims from raw files to the comparison of providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.benchmarks import us_claims
from yibao.errors import UsageError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> dict[str, object]:
    return us_claims.run(0, tmp_path_factory.mktemp("us"), real_data)


def test_every_law_runs_on_claims_without_lines(figures: dict[str, object]) -> None:
    assert figures["laws_failed"] == 0
    assert figures["findings"]


def test_volumes_are_those_of_the_files(figures: dict[str, object]) -> None:
    rows = {row["figure"]: row for row in figures["details"]}  # type: ignore[attr-defined]
    assert rows["providers with claims"] == {"figure": "providers with claims", "flagged": "252", "others": "985"}
    assert rows["claims"] == {"figure": "claims", "flagged": "13,110", "others": "10,079"}


def test_stays_overlap_and_nobody_is_treated_after_death(figures: dict[str, object]) -> None:
    rows = {row["figure"].split(":")[0]: row for row in figures["details"]}  # type: ignore[attr-defined]
    assert rows["C08"]["flagged"].endswith("n = 174") and rows["C08"]["others"].endswith("n = 94")
    assert rows["E01"]["flagged"].startswith("0.00")


def test_the_data_folder_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--data"):
        us_claims.run(0, tmp_path, None)
    with pytest.raises(UsageError, match="provider_labels"):
        us_claims.run(0, tmp_path, tmp_path)
