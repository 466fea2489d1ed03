"""The routers of the hospital's pages."""

from __future__ import annotations

from yibao.service.console.answer_pages import answer_router
from yibao.service.console.hospital import benchmark_page, precheck_page

ROUTERS = (benchmark_page.router, precheck_page.router, answer_router("hospital"))
