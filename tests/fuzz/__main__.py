"""A coverage-guided fuzzer on the parsers: ``python -m tests.fuzz [TARGET …] --seconds 60``.

Each target runs in a process of its own for so many seconds, beginning with valid documents. What it finds is written
to ``--work`` (default: build/fuzz/TARGET) as ``crash-…``: make it a test before mending the parser.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    names = ("national", "excel", "sheet", "fhir", "x12", "yaml")
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"one or more of {', '.join(names)} (default: all)"
    )
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--work", type=Path, default=Path("build") / "fuzz", help="what was found, and what led there")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := set(given.targets) - set(names):
        parser.error(f"unknown target {', '.join(sorted(unknown))}; known: {', '.join(names)}")
    if given.alone:
        fuzz(given.targets[0], given.seconds, given.work)
    failed = 0
    for name in given.targets or names:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz",
            name,
            "--alone",
            f"--seconds={given.seconds}",
            f"--work={given.work}",
        ]
        failed |= subprocess.run(command, check=False).returncode
    return 1 if failed else 0


def fuzz(name: str, seconds: int, work: Path) -> None:
    """Never comes back: the fuzzer ends the process."""
    import atheris

    sys.path.insert(0, str(HERE))
    # Reached lines of our own parsers guide it; those of libraries only slow it down.
    with atheris.instrument_imports(include=["yibao.ledger", "yibao.engine.yaml"], enable_loader_override=False):
        from targets import targets
    target = targets()[name]
    corpus = work / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = corpus.with_suffix(".words")
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words)
    words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    options = [
        f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={corpus}/", "-rss_limit_mb=4096",
        "-timeout=20", "-max_len=16384", "-print_final_stats=1", "-verbosity=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.quick)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
