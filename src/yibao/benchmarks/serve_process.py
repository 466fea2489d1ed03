"""The service in a process of its own, started with the real command line, and ended politely or not."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from yibao.benchmarks import BenchmarkError

#: Seconds that a service may take to be ready: it reads catalogues and laws first.
PATIENCE = 180.0


@dataclass
class Served:
    """A service over ``ledger``; ``port`` stays the same when it is started again."""

    ledger: Path
    registry: str
    home: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def log(self) -> Path:
        return self.home / "service.log"

    def start(self) -> float:
        """Start it, and wait until it is ready; returns the seconds it took. Raises :class:`BenchmarkError`."""
        begun = time.perf_counter()
        words = ("serve", "--ledger", str(self.ledger), "--registry", self.registry, "--home", str(self.home),
                 "--port", str(self.port))  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "yibao", *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        while not ready(self.port):
            if self._process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                said = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
                raise BenchmarkError(f"the service did not start: {said[-1] if said else '-'}", where=str(self.log))
            time.sleep(0.05)
        return time.perf_counter() - begun

    def kill(self) -> None:
        """``kill -9``."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> float:
        """SIGTERM; returns the seconds until it has ended. Raises :class:`BenchmarkError` when it does not end well."""
        assert self._process is not None
        begun = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=60)
        if code not in (0, -signal.SIGTERM):
            raise BenchmarkError(f"the service ended with {code}", where=str(self.log))
        return time.perf_counter() - begun

    def peak_mb(self) -> int:
        """The most memory that it has held so far."""
        assert self._process is not None
        said = Path(f"/proc/{self._process.pid}/status")
        if not said.exists():
            return 0
        peak = next(line for line in said.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) // 1024

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far: on a machine that others use too, the figure to compare."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rest(self) -> None:
        """Wait until it has done what it does beside requests after a start: footers, figures of pages, drawings."""
        until = time.perf_counter() + PATIENCE
        while time.perf_counter() < until:
            used = self.cpu_seconds()
            time.sleep(1.0)
            if self.cpu_seconds() - used < 0.1:
                return

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None


@contextmanager
def served(ledger: Path, registry: str, home: Path) -> Iterator[Served]:
    """A running service, stopped afterwards."""
    home.mkdir(parents=True, exist_ok=True)
    made = Served(ledger, registry, home, _free_port())
    made.start()
    try:
        yield made
    finally:
        if made.running():
            made.stop()


def ready(port: int) -> bool:
    """Whether a service answers there that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
