"""Studies from file to files: the command line, what it writes, what it refuses, and that the same comes out again."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import python_calamine
import yaml
from latex_check import check_folder

from yibao.cli.app import main
from yibao.equity import StudyError, run_study
from yibao.equity.outputs import write_study
from yibao.equity.outputs.words import method_words
from yibao.equity.steps import STEPS, step_function
from yibao.equity.steps.bootstrap import _entropy_weights
from yibao.equity.study import load_study
from yibao.measures import entropy_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "equity"
#: Studies whose data are all simulated and that name no file.
SIMULATED = ("wang_2024", "guan_2024", "fpubh_2024_1436244", "han_zhang_2025")

TINY = """study: tiny
title: {zh: 小研究, en: a tiny study}
question: {zh: 床位公平吗？, en: 'Do beds lie fairly?'}
data:
  panels:
    - file: tiny.csv
      zones: {zone: zone}
      variables:
        beds: {zh: 床位, en: beds, unit: 张}
        people: {zh: 户籍人口, en: registered people, unit: 人, proxy_for: {zh: 常住人口, en: residents}}
  impute: [{variable: beds, method: linear}]
seed: 3
conclusions: [{zh: 床位不均。, en: Beds are uneven.}]
steps:
  - step: describe
  - {step: ratio, id: rate, of: beds, over: people, per: 1000, zh: 每千人床位, en: 'beds per 1,000', unit: 张}
  - {step: gini, of: [beds], over: [people]}
  - {step: dagum, of: rate, groups: zone}
"""
ROWS = """region,year,zone,beds,people
北京,2019,A&B,10,1000
北京,2020,A&B,,1000
北京,2021,A&B,14,1000
河北,2019,A&B,5,2000
河北,2020,A&B,5,2000
河北,2021,A&B,6,2000
四川,2019,C_1,20,4000
四川,2020,C_1,22,4000
四川,2021,C_1,23,4000
"""


def yibao(*args: str | Path) -> tuple[str, str, int]:
    """The command in this process: what it says, what it refuses, its exit code."""
    import contextlib
    import sys

    from yibao.cli import show

    out, err = StringIO(), StringIO()
    before, sys.argv = sys.argv, ["yibao", "equity", *map(str, args)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        show.out.file, show.err.file = out, err
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            sys.argv = before
            show.out.file = show.err.file = None  # type: ignore[assignment]
    return out.getvalue(), err.getvalue(), code


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (folder / "tiny.csv").write_text(ROWS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def written(tiny) -> tuple[Path, dict]:
    said, refused, code = yibao("run", tiny / "tiny.yaml", "--out", tiny / "out", "--json")
    assert code == 0, refused
    return tiny / "out", json.loads(said)


def test_a_study_writes_everything_a_paper_needs(written) -> None:
    folder, manifest = written
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {
        "report.zh.html", "report.en.html", "findings.zh.md", "method.en.md", "method.zh.tex", "paper.en.tex",
        "tables.xlsx", "panel.csv", "study.yaml", "manifest.json", "tables/03_gini_gini.csv",
        "tables/03_gini_gini.zh.tex",
        "figures/gini_lorenz_people.zh.svg", "figures/gini_lorenz_people.en.png",
    } <= names  # fmt: skip
    assert set(manifest["outputs"]) == names - {"manifest.json"}
    assert (folder / "figures/gini_lorenz_people.en.png").read_bytes()[:4] == b"\x89PNG"
    assert manifest["data"].keys() == {"tiny.csv"}
    assert manifest["steps"][3]["parameters"]["groups"] == "zone"


def test_labels_of_proxies_and_filled_values_stand_everywhere(written) -> None:
    folder, manifest = written
    assert "户籍人口（代理指标，代替常住人口）" in {label["zh"] for label in manifest["labels"]}
    for name, words in (
        ("report.zh.html", ("代理指标，代替常住人口", "插补：床位 2020 年 1 个值", "床位不均")),
        ("report.en.html", ("proxy for residents", "filled in: 1 values of beds, 2020", "Beds are uneven")),
        ("findings.en.md", ("proxy for residents", "filled in")),
        ("method.zh.md", ("代理指标", "插补", "$$ G=")),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert all(word in text for word in words), name
    cell = python_calamine.CalamineWorkbook.from_path(folder / "tables.xlsx").get_sheet_by_index(0).to_python()
    assert any("代理指标" in str(value) for row in cell for value in row)


def test_tables_agree_across_formats(written) -> None:
    folder, _ = written
    with (folder / "tables/04_dagum_dagum.csv").open(encoding="utf-8-sig", newline="") as file:
        plain = list(csv.DictReader(file))
    book = python_calamine.CalamineWorkbook.from_path(folder / "tables.xlsx")
    sheet = book.get_sheet_by_name("04_dagum_dagum").to_python()
    total = next(k for k in plain[0] if "total G" in k)
    assert [float(r[total]) for r in plain] == pytest.approx([float(row[1]) for row in sheet[1:]])
    tex = (folder / "tables/04_dagum_pairs.en.tex").read_text(encoding="utf-8")
    assert r"A\&B" in tex
    assert r"C\_1" in tex
    assert tex.count(r"\begin{tabular}") == tex.count(r"\end{tabular}") == 1
    for line in tex.splitlines():
        if line.endswith(r"\\"):
            assert len(re.findall(r"(?<!\\)&", line)) == 4


def test_the_paper_is_well_formed_latex(written) -> None:
    folder, _ = written
    assert check_folder(folder) > 12


def test_the_same_study_gives_the_same_files_again(written, tiny) -> None:
    _, first = written
    again = write_study(run_study(tiny / "tiny.yaml"), tiny / "tiny.yaml", tiny / "again")
    differing = {k for k in first["outputs"] if first["outputs"][k] != again["outputs"].get(k)}
    assert differing <= {"tables.xlsx"}, "only the workbook carries the time at which it was written"


def test_a_folder_with_other_things_is_left_alone(tiny, tmp_path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    _, refused, code = yibao("run", tiny / "tiny.yaml", "--out", tmp_path)
    assert code == 2
    assert "other" in refused
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.doc"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("step: gini", "step: ginny", "there is no step 'ginny'"),
        ("over: [people]", "over: [nobody]", "no variable 'nobody'"),
        ("groups: zone", "groups: zone9", "no zone9"),
        ("tiny.csv", "tony.csv", "no such file"),
        ("impute: [{variable: beds, method: linear}]", "note: {zh: 无, en: none}", "lacks 1 of 9"),
        ("method: linear", "method: magic", "impute"),
        ("id: rate,", "", "rate"),
        ("seed: 3", "sead: 3", "unknown key"),
        ("  - step: describe", "  - step: gini\n  - step: describe", "two steps are called gini"),
        ("beds: {zh: 床位", "bods: {zh: 床位", "there is no column bods"),
    ],
)
def test_what_is_wrong_in_a_study_is_named_without_a_traceback(tiny, tmp_path, before, after, says) -> None:
    assert before in TINY
    (tmp_path / "tiny.csv").write_text(ROWS, encoding="utf-8")
    path = tmp_path / "bad.yaml"
    path.write_text(TINY.replace(before, after, 1), encoding="utf-8")
    _, refused, code = yibao("run", path, "--out", tmp_path / "out")
    assert code in (1, 2)
    assert says in refused
    assert "Traceback" not in refused
    assert not (tmp_path / "out").exists()


def test_check_and_steps_of_the_command_line(tiny) -> None:
    said, _, code = yibao("check", tiny / "tiny.yaml", "--json")
    assert (code, json.loads(said)["steps"]) == (0, ["describe", "rate", "gini", "dagum"])
    said, _, code = yibao("steps", "--json")
    assert (code, {row["step"] for row in json.loads(said)}) == (0, set(STEPS))


def test_every_step_has_words_and_typed_parameters() -> None:
    words = method_words()
    assert set(words) == set(STEPS)
    for name in STEPS:
        assert step_function(name)[1].__doc__, name
        assert words[name]["title"].keys() == {"zh", "en"}
        assert bool(words[name]["formula"]) == bool(words[name]["plain"])


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_example_is_a_study_that_names_its_paper_and_what_cannot_be_compared(path: Path) -> None:
    text = load_study(path)
    assert text.study == path.stem
    assert text.paper is not None
    assert text.paper.not_comparable


@pytest.mark.parametrize("name", SIMULATED)
def test_simulated_examples_run_and_say_that_they_are(name: str) -> None:
    result = run_study(EXAMPLES / f"{name}.yaml")
    assert result.labels[0][1].startswith("simulated data")
    assert all(run.result.findings for run in result.steps)
    for run in result.steps:
        for table in run.result.tables:
            for row in table.rows:
                assert not any(isinstance(v, float) and np.isnan(v) for v in row.values()), (run.text.name, table.id)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "step", "expected"),
    [
        ("resource_allocation_provinces", "moran", "LL: Zhejiang, Fujian, Guangdong, Hainan"),
        ("resource_allocation_cities", "theil_provinces", "34.4% of it lay between the regions above"),
        ("coupling_provinces", "dagum", "from 0.114 (2013) to 0.135 (2015)"),
        ("coupling_cities", "convergence", "convergence"),
    ],
)
def test_both_studies_on_the_real_panels(data, name: str, step: str, expected: str) -> None:
    pytest.importorskip("esda")
    result = run_study(EXAMPLES / f"{name}.yaml", data("provinces").parents[1])
    assert expected in " ".join(said for _, said in result.step(step).findings)
    assert len(result.text.conclusions) >= 3


@pytest.mark.slow
def test_study_two_with_forty_indicators_and_a_thousand_bootstraps(data) -> None:
    pytest.importorskip("esda")
    result = run_study(EXAMPLES / "zhang_ouyang_2025.yaml", data("borders").parents[1])
    assert len(result.panel.variables) >= 40
    table = result.step("bootstrap").tables[0].rows
    own = result.step("dagum").tables[0].rows
    for interval, year in zip(table, own, strict=True):
        assert interval["gini"] == pytest.approx(year["total"])
        assert interval["share"] == pytest.approx(year["between_rate"])
        assert interval["gini_low"] <= interval["gini_high"]


def test_weights_of_a_bootstrap_draw_are_the_entropy_weights_of_its_rows() -> None:
    random = np.random.default_rng(1)
    z = random.uniform(0, 1, (5, 3, 4))
    z[0, 0] = 0
    rows = np.array([[0, 0, 2, 3, 4], [1, 1, 1, 2, 0]])
    counts = np.array([np.bincount(r, minlength=5) for r in rows], dtype=float)
    for shift in (0.0, 1e-4):
        found = _entropy_weights(z, counts, shift)
        for draw, weights in zip(rows, found, strict=True):
            assert weights == pytest.approx(entropy_of(z[draw].reshape(15, 4), shift).weights)


@pytest.mark.slow
def test_giddy_agrees_on_the_tests_of_chains() -> None:
    """The library is the oracle here; it is not loaded in use, for it brings a compiler along."""
    markov = pytest.importorskip("giddy.markov")
    from yibao.equity.markov import _homogeneity

    counts = np.random.default_rng(4).integers(0, 9, (3, 4, 4))
    counts[0, 1] = 0
    theirs = markov.Homogeneity_Results([c.astype(float) for c in counts])
    lr, lr_p, q, q_p, df = _homogeneity(counts)
    assert (lr, lr_p, q, q_p, df) == pytest.approx(
        (theirs.LR, theirs.LR_p_value, theirs.Q, theirs.Q_p_value, theirs.dof)
    )


def test_the_package_itself_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    heavy = ("numpy", "scipy", "pandas", "altair", "duckdb")
    code = f"import sys, yibao.equity; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_study_errors_are_usage_errors(tmp_path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump({"study": "x"}))
    with pytest.raises(StudyError, match="missing key") as caught:
        load_study(path)
    assert caught.value.exit_code == 2
