"""A throw-away PostgreSQL server: a cluster of its own in a folder, on a socket of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yibao.benchmarks import BenchmarkError

#: Where Debian keeps what is not in the path.
_DEBIAN = "/usr/lib/postgresql"


class PostgresMissing(BenchmarkError):
    """PostgreSQL's server programs are not installed."""


@dataclass(frozen=True)
class Server:
    """A server of ours; ``url`` is the address of its database."""

    folder: Path
    programs: Path
    owner: str | None
    durable: bool = True

    @property
    def url(self) -> str:
        return f"postgresql://registry@/registry?host={self.folder}"

    def start(self) -> None:
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self.folder / "log"))

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self._data))

    def kill(self) -> None:
        """End the server as a power cut would: all its processes at once, nothing written any more."""
        os.kill(self._pid, signal.SIGSTOP)  # so that it does not mourn its children, or make new ones
        for child in _children(self._pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        os.kill(self._pid, signal.SIGKILL)

    def recover(self) -> None:
        """Start it again after :meth:`kill`.

        Its lock files are taken away first: where nobody buries the dead, their numbers look alive.
        """
        for lock in (self._data / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self.folder / "log"), patient=True)

    def fresh(self, like: str = "template1") -> None:
        """A new database, empty or as another is."""
        self._psql("postgres", "drop database if exists registry with (force)")
        self._psql("postgres", f"create database registry template {like}")

    def another(self, name: str) -> str:
        """A second database, empty; returns its address. It is not touched by :meth:`fresh`."""
        self._psql("postgres", f"drop database if exists {name} with (force)")
        self._psql("postgres", f"create database {name}")
        return self.url.replace("/registry?", f"/{name}?")

    def keep(self, name: str) -> None:
        """Set the database aside under another name, to make new ones like it."""
        self._psql("postgres", f"drop database if exists {name} with (force)")
        self._psql("postgres", f"alter database registry rename to {name}")

    def make(self) -> None:
        """Make the cluster and its database."""
        self._run("initdb", "-D", str(self._data), "-U", "registry", "-A", "trust", "-E", "UTF8", "--locale=C",
                  "--no-sync")  # fmt: skip
        settings = {
            "listen_addresses": "''", "unix_socket_directories": f"'{self.folder}'", "max_connections": "260",
            "shared_buffers": "'64MB'", "fsync": "on" if self.durable else "off",
            # Before recovering it syncs all files one by one, or, from version 14 on, the file system at once.
            "recovery_init_sync_method": "syncfs",
        }  # fmt: skip
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self.start()
        self.fresh()

    def _psql(self, database: str, sql: str) -> None:
        self._run("psql", "-q", "-h", str(self.folder), "-U", "registry", "-d", database, "-c", sql)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])

    def _run(self, program: str, *words: str, patient: bool = False) -> None:
        for attempt in range(40 if patient else 1):
            done = subprocess.run(
                [str(self.programs / program), *words], user=self.owner, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            if done.returncode == 0:
                return
            if patient and attempt < 39:
                subprocess.run(["sleep", "0.1"], check=True)
        raise BenchmarkError(f"{program} failed: {done.stderr.strip()}", zh=f"{program} 失败：{done.stderr.strip()}")


def _children(pid: int) -> list[int]:
    """The processes of a server, by Linux's process table."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def programs() -> Path:
    """Where the server's programs are. Raises :class:`PostgresMissing`."""
    newest = sorted(Path(_DEBIAN).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("initdb")
    if not newest and found is not None:
        return Path(found).resolve().parent
    if not newest:
        raise PostgresMissing(
            "PostgreSQL's server is not installed", mend="apt-get install postgresql", zh="未安装 PostgreSQL 服务器",
            mend_zh="请安装：apt-get install postgresql",
        )  # fmt: skip
    return newest[-1].parent


@contextmanager
def scratch_postgres(folder: Path, *, durable: bool = True) -> Iterator[Server]:
    """A running server in ``folder`` (empty, its path short: sockets have no long names), stopped afterwards.

    One that is not ``durable`` survives the death of its processes, though not that of the machine; it is quicker.

    PostgreSQL does not run as root; then it runs as the system's user ``postgres``.
    """
    owner = "postgres" if os.geteuid() == 0 else None
    server = Server(folder, programs(), owner, durable)
    folder.mkdir(parents=True, exist_ok=True)
    if owner is not None:
        shutil.chown(folder, owner)
    try:
        server.make()
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.stop()
