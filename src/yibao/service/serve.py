"""`yibao serve`: one process that serves until it is told to stop, and then finishes what it has begun."""

from __future__ import annotations

import logging
import sys

from yibao.service.app import create_app
from yibao.service.middleware import JsonLines
from yibao.service.settings import Settings
from yibao.service.state import Service

#: Seconds that requests in progress have to end when the service is stopped.
GRACE = 20
#: Seconds for which an idle connection is kept: longer than proxies and counters keep theirs, so that they close first.
KEPT_OPEN = 75


def set_up_logs(level: int = logging.INFO) -> None:
    """Structured lines on standard error; nothing of a request's body, query or person is in them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers, root.level = [handler], level
    # The server's own access lines would show paths and queries, which may name persons.
    logging.getLogger("uvicorn.access").disabled = True


def serve(settings: Settings, host: str, port: int, proxy: str | None = None) -> None:
    """Serve until SIGTERM or SIGINT; requests in progress are finished first.

    ``proxy`` names the addresses of proxies that say whom they forward for; without it nobody is believed.
    """
    import uvicorn

    from yibao.service.protocol import BoundedProtocol

    set_up_logs()
    app = create_app(Service(settings))
    uvicorn.run(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=GRACE, timeout_keep_alive=KEPT_OPEN, proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy, http=BoundedProtocol,
    )  # fmt: skip
