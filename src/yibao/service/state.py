"""What a running service holds: the ledger, the registry, the laws, the policies, and one order checker."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from yibao.benefits import PolicyBook, load_policies
from yibao.ledger import Ledger, open_ledger
from yibao.ledger.snapshot import read_snapshot
from yibao.registry import Registry
from yibao.registry.clock import Clock, china_time
from yibao.registry.scopes import Place
from yibao.runs.laws import load_lawbook
from yibao.service.access.callers import Callers
from yibao.service.access.signin import SignIn
from yibao.service.figures import Figures
from yibao.service.forms import prepare
from yibao.service.places import Places
from yibao.service.problems import unknown
from yibao.service.secrets import open_secrets
from yibao.service.settings import Settings
from yibao.supervision.bill_check import BillChecker
from yibao.supervision.lifecycle.register import Register
from yibao.supervision.order_check import OrderChecker

if TYPE_CHECKING:
    from yibao.casemix import Grouping

Result = TypeVar("Result")
log = logging.getLogger("yibao.service")
#: Settlements posted at a time. One thread waits for the database while another reckons; with forty, half of the
#: processor went into handing Python's lock from one to the next.
COUNTERS = 2


class Service:
    """Everything that routes work on. Open once in a process; ``close`` lets go of it."""

    def __init__(self, settings: Settings, clock: Clock = china_time) -> None:
        self.settings = settings
        self.secrets = open_secrets(settings.home)
        self.registry = Registry.open(settings.registry, clock=clock, pool=20)
        prepare(self.registry.engine)
        self.sign_in = SignIn(self.registry, self.secrets.cipher)
        self.callers, self.places = Callers(), Places(self.registry)
        self.ledger: Ledger = open_ledger(settings.ledger)
        self.lawbook = load_lawbook(list(settings.laws))
        self.book: PolicyBook = load_policies(list(settings.policies))
        self.grouping: Grouping | None = _grouping(settings.pack)
        self._step = self._last_step()
        self.checker = OrderChecker(self.ledger, self.lawbook)
        self.checker.plan()
        self.checker.settle()
        # The checker and the ledger's writer serve one at a time: each has a thread of its own.
        self._checks = ThreadPoolExecutor(1, "check")
        # Bills are looked over before they are handed in, at their own pace: orders do not wait for them.
        self._bills = ThreadPoolExecutor(1, "bill")
        self._bill_checker: BillChecker | None = None
        self.writing = threading.Lock()
        self.work = ThreadPoolExecutor(1, "work", initializer=_behind)
        self._counters = ThreadPoolExecutor(COUNTERS, "counter")
        self.ready = True
        self._then: Callable[[], None] = lambda: None
        self._reference()
        self.figures = Figures(settings.home, self.ledger)
        self.work.submit(self.make_figures)

    def _reference(self) -> None:
        """Tables that every request needs and that change only with a new batch."""
        regions = self.ledger.files("region") and _table(self.ledger, "region")
        self.pools: dict[str, str] = {}
        for row in regions.to_pylist() if regions else []:
            self.pools[row["region_code"]] = row["pool_code"] or row["region_code"]
        self.regions = {row["region_code"]: row for row in regions.to_pylist()} if regions else {}
        self.institutions = {row["institution_id"]: row for row in _table(self.ledger, "institution").to_pylist()}
        self.catalogue = _table(self.ledger, "catalogue_item")
        self.items = frozenset(self.catalogue["item_code"].to_pylist())
        listed = self.catalogue.select(["item_code", "name", "name_en"]).to_pylist()
        self.named = {row["item_code"]: row["name"] for row in listed if row["name"]}
        self.english = {row["item_code"]: row["name_en"] for row in listed if row["name_en"]}
        #: English names of diagnoses by code, where the ledger's list of codes has them.
        codes = _table(self.ledger, "code_diagnosis").to_pylist() if self.ledger.files("code_diagnosis") else []
        self.diagnoses: dict[str, str] = {row["code"]: row["name_en"] for row in codes if row["name_en"]}
        #: Names of institutions, regions and items, Chinese -> English.
        named = [*self.institutions.values(), *self.regions.values(), *listed]
        self.in_english = {row["name"]: row["name_en"] for row in named if row["name"] and row["name_en"]}

    def reload(self) -> None:
        """Take up what came into the ledger: a new snapshot, new catalogues, rules that took a step."""
        self.ledger.refresh()
        self._reference()
        self._step = self._last_step()
        checker = OrderChecker(self.ledger, self.lawbook)
        checker.plan()
        checker.settle()
        old, self.checker = self.checker, checker
        self._checks.submit(old.close)
        self._bills.submit(self._drop_bill_checker)
        self.work.submit(self.make_figures)

    def make_figures(self) -> None:
        """Reckon the figures of pages anew where snapshot or run are new; a failure is logged, the old ones stay."""
        try:
            self.figures.make()
        except Exception:
            log.exception("figures of pages could not be worked out")
        else:
            self._then()

    def after_figures(self, then: Callable[[], None]) -> None:
        """What is to be done beside requests whenever figures are up to date, now and later."""

        def follow() -> None:
            self._then = then
            then()

        self.work.submit(follow)

    def behind(self) -> bool:
        """Whether a newer snapshot came into the ledger, or a rule took a step since checks were made ready."""
        return read_snapshot(self.ledger.path).number != self.ledger.snapshot_id or self._last_step() != self._step

    def _last_step(self) -> str:
        """The last step in the register of laws; empty where there is none."""
        return next((one.hash for one in reversed(Register(self.ledger).entries) if one.what == "step"), "")

    def place_of(self, institution_id: str) -> Place:
        """Where an institution lies. One that the registry does not know lies nowhere, which is in nobody's scope."""
        return self.places.of(institution_id)

    def institution(self, institution_id: str) -> dict[str, Any]:
        """The ledger's row of an institution. Raises :class:`Problem` 404."""
        row = self.institutions.get(institution_id)
        if row is None:
            raise unknown("institution", "机构")
        return row

    def knows(self, person_id: str) -> bool:
        """Whether the ledger has this person."""
        return self.ledger.slice(person_id, ["person"])["person"].num_rows > 0

    def with_checker(self, use: Callable[[OrderChecker], Result]) -> Future[Result]:
        """Use the order checker after those who asked before."""
        return self._checks.submit(lambda: use(self.checker))

    def at_counter(self, post: Callable[[], Result]) -> Future[Result]:
        """Post a settlement when one of the few threads that do is free."""
        return self._counters.submit(post)

    def with_bill_checker(self, use: Callable[[BillChecker], Result]) -> Future[Result]:
        """Use the checker of bills, which is made when the first bill comes."""

        def checked() -> Result:
            if self._bill_checker is None:
                self._bill_checker = BillChecker(self.ledger, self.lawbook)
            return use(self._bill_checker)

        return self._bills.submit(checked)

    def _drop_bill_checker(self) -> None:
        old, self._bill_checker = self._bill_checker, None
        if old is not None:
            old.close()

    def close(self) -> None:
        """Finish what was begun, then let go."""
        self.ready = False
        self.work.shutdown(wait=True)
        self._checks.shutdown(wait=True)
        self._counters.shutdown(wait=True)
        self._bills.submit(self._drop_bill_checker)
        self._bills.shutdown(wait=True)
        self.checker.close()
        self.registry.close()


def _behind() -> None:
    """What this thread does, and the threads that it starts, waits for what somebody is waiting for.

    Reckoning the figures of pages over millions of lines would otherwise make orders wait for seconds.
    """
    if sys.platform == "linux":  # elsewhere only whole processes stand behind
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


def _grouping(pack: Path | None) -> Grouping | None:
    if pack is None:
        return None
    from yibao.casemix import Sources, open_grouping

    return open_grouping(Sources(pack=pack))


def _table(ledger: Ledger, name: str) -> pa.Table:
    """All rows of a reference table."""
    from yibao.engine import DuckEngine

    with DuckEngine(threads=1) as engine:
        ledger.attach(engine, only=[name])
        return engine.execute(f'select * from "{name}"')
