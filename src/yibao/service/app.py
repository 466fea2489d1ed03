"""The service as an ASGI application: routes, what stands around them, and what is said when something fails."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from yibao import __version__
from yibao.errors import YibaoError
from yibao.presentation.charts.engine import elsewhere
from yibao.registry.store import out_of_reach
from yibao.service import account, problems
from yibao.service.access.guard import GuardedRoute, Of, needs, open_to_all
from yibao.service.access.scope import permissions
from yibao.service.cds import hooks, national
from yibao.service.cds.clients import KeySets
from yibao.service.console import account_page, drawing, feedbacks, jobs, pages
from yibao.service.console.admin import keys, users
from yibao.service.console.ahead import Ahead
from yibao.service.console.audit import clue, money, outcomes, points, queue, work
from yibao.service.console.bureau import (
    compare,
    flows,
    fund_page,
    group_page,
    institutions,
    life_steps,
    objection_pages,
    opinion_pages,
    overview,
    payment,
    profile,
    quality,
    redraft_page,
    regions,
    rules,
    trail,
)  # fmt: skip
from yibao.service.console.hospital import routes as hospital
from yibao.service.console.insured.routes import ROUTERS as INSURED
from yibao.service.console.pharmacy import routes as pharmacy
from yibao.service.console.public.routes import ROUTERS as PUBLIC
from yibao.service.described import described
from yibao.service.keeping import Keeper
from yibao.service.metrics import Metrics
from yibao.service.middleware import Frame
from yibao.service.reads import reads
from yibao.service.state import Service
from yibao.service.systems import (
    catalogue,
    eligibility,
    grouping,
    orders,
    reminders,
    renewals,
    settlement,
    uploads,
    vouchers,
)  # fmt: skip
from yibao.service.traffic import Traffic
from yibao.service.uploads import resume
from yibao.service.warm import warm

log = logging.getLogger("yibao.service")
_ROUTERS = (
    orders.router,
    settlement.router,
    grouping.router,
    eligibility.router,
    vouchers.router,
    renewals.router,
    catalogue.router,
    uploads.router,
    reminders.router,
    hooks.router,
    national.router,
    account.router,
    pages.router,
    users.router,
    keys.router,
    overview.router,
    fund_page.router,
    regions.router,
    institutions.router,
    compare.router,  # before the profile, whose path would take its name for a code
    profile.router,
    rules.router,
    life_steps.router,
    payment.router,
    group_page.router,
    flows.router,
    opinion_pages.router,
    objection_pages.router,
    redraft_page.router,
    quality.router,
    trail.router,
    work.router,
    queue.router,
    money.router,
    points.router,
    outcomes.router,
    clue.router,
    jobs.router,
    *hospital.ROUTERS,
    *pharmacy.ROUTERS,
    account_page.router,
    feedbacks.router,
    *INSURED,
    *PUBLIC,
)
_operations = APIRouter(route_class=GuardedRoute, tags=["operations"])
_ABOUT = """Systems of hospitals, pharmacies and agencies. 面向医院、药店和经办系统的接口。

Call with `Authorization: Bearer KEY`. Money in responses is in fen unless a field says yuan. Refusals are
`application/problem+json` (RFC 9457), in Chinese or English by `Accept-Language`, and name the field.

Retries: no answer, 429 or 503 — send the same again; settlements and reversals with the same `Idempotency-Key`, under
which they are done once. 409 — something stands against it; 422 — mend the request first. 
重试：无应答、429 或 503 时原样重发；结算和冲正请用同一个 `Idempotency-Key`，只会办理一次。

Limits: {body:,} bytes a request, {upload:,} a file; {calls:.0f} requests a second for a key, {at_once} at once,
then 429 with `Retry-After`. Dates and times are local, without a zone."""


def create_app(service: Service, key_sets: KeySets | None = None) -> FastAPI:
    """The application over an open service. It closes the service when it ends."""
    metrics, traffic = Metrics(), Traffic()

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        service.work.submit(warm, service)
        resume(service)
        # What is loaded by now stays: the collector need not walk it while somebody waits.
        service.checker.settle()
        with elsewhere(), closing(Ahead(app, guarded_routes(), traffic)) as ahead, Keeper(service):
            service.work.submit(drawing.warm)
            service.after_figures(ahead.start)
            yield
        await run_in_threadpool(service.close)

    about = _ABOUT.format(
        body=service.settings.body_limit, upload=service.settings.upload_limit,
        calls=service.settings.caller_rate[0], at_once=service.settings.caller_rate[1],
    )  # fmt: skip
    app = FastAPI(
        title="yibao", version=__version__, description=about, lifespan=life, docs_url=None, redoc_url=None,
        openapi_url=None,
    )  # fmt: skip
    app.state.service, app.state.metrics, app.state.key_sets = service, metrics, key_sets or KeySets()
    app.router.route_class = GuardedRoute
    for router in (*_ROUTERS, _operations):
        app.include_router(router)
    _on_errors(app)
    # A page of charts is a fifth when packed. Sizes tell nothing of what only the reader knows: cookies are same-site.
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(Frame, settings=service.settings, metrics=metrics, traffic=traffic)
    return app


def _on_errors(app: FastAPI) -> None:
    @app.exception_handler(YibaoError)
    async def refused(request: Request, error: YibaoError) -> Response:
        return pages.told(request, error) or problems.of_error(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return pages.told(request, problems.plain(422)) or problems.of_validation(request, error)

    @app.exception_handler(HTTPException)
    async def declined(request: Request, error: HTTPException) -> Response:
        # A sign-in page is for those whom a guard turns away, not for what the framework refuses.
        shown = pages.told(request, problems.plain(error.status_code)) if error.status_code != 401 else None
        return shown or problems.of_http(request, error)

    @app.exception_handler(SQLAlchemyError)
    async def away(request: Request, error: SQLAlchemyError) -> Response:
        if not isinstance(error, (OperationalError, InterfaceError, TimeoutError)):
            raise error
        # The database is away or does not answer in time: nothing was done, and asking again is right.
        metrics: Metrics = request.app.state.metrics
        metrics.event("registry_out_of_reach")
        log.error("the registry is out of reach", extra={"said": {"request": request.state.request_id}})
        refusal = out_of_reach(request.app.state.service.settings.registry)
        return pages.told(request, refusal) or problems.of_error(request, refusal)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("a request failed", exc_info=error, extra={"said": {"request": request.state.request_id}})
        return pages.told(request, problems.plain(500)) or problems.answer(request, 500, "internal")


@_operations.get("/openapi.json", include_in_schema=False)
@open_to_all("it describes the interface, not data")
def openapi(request: Request) -> JSONResponse:
    """The description of the interface (OpenAPI 3.1)."""
    return JSONResponse(described(request.app, guarded_routes()))


@_operations.get("/healthz", include_in_schema=False)
@open_to_all("says that the process runs")
def health() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@_operations.get("/readyz", include_in_schema=False)
@open_to_all("says whether requests can be served")
def readiness(service: Of) -> JSONResponse:
    """Registry and ledger can be read, and the service is not going down (503 otherwise)."""
    said = {"registry": _works(_registry, service), "ledger": _works(_ledger, service), "serving": service.ready}
    return JSONResponse({"ready": all(said.values()), **said}, 200 if all(said.values()) else 503)


@_operations.get("/metrics", include_in_schema=False)
@needs("ops.metrics", anywhere=True)
def metrics(request: Request) -> Response:
    """Figures for Prometheus; 404 without the extra ``metrics``."""
    text = request.app.state.metrics.text()
    if text is None:
        raise problems.Problem(404, "no_metrics", "the extra `metrics` is not installed", "未安装 metrics 扩展",
                               mend="pip install 'yibao[metrics]'")  # fmt: skip
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _works(look: Any, service: Service) -> bool:
    try:
        look(service)
    except Exception as error:
        log.error("not ready", extra={"said": {"part": look.__name__, "error": type(error).__name__}})
        return False
    return True


def _registry(service: Service) -> None:
    with reads(service.registry) as connection:
        connection.exec_driver_sql("select 1")


def _ledger(service: Service) -> None:
    service.ledger.still_there()


def guarded_routes() -> list[GuardedRoute]:
    """All routes of the service."""
    return [route for router in (*_ROUTERS, _operations) for route in router.routes if isinstance(route, GuardedRoute)]


def access_list() -> list[tuple[str, str, str]]:
    """Every route with its method and who may call it: for the manual, and for people who review access."""
    rows = []
    for route in guarded_routes():
        access = route.access
        who = ", ".join(sorted(permissions()[access.permission])) if access.permission else f"({access.why})"
        rows += [(method, route.path, who) for method in sorted(route.methods or ())]
    return sorted(rows, key=lambda row: (row[1], row[0]))
