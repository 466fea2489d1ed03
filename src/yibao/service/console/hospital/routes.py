"""The routers of the hospital's pages."""

from __future__ import annotations

from yibao.service.console.answer_pages import answer_router
from yibao.service.console.hospital import (
    activity_pages,
    assessment_page,
    benchmark_page,
    group_page,
    overview_pages,
    peer_pages,
    precheck_page,
    reminder_pages,
)
from yibao.service.console.own_opinions import opinion_router
from yibao.service.console.own_staff import staff_router

ROUTERS = (
    overview_pages.router, benchmark_page.router, peer_pages.router, group_page.router, activity_pages.router,
    precheck_page.router, reminder_pages.router, answer_router("hospital"), opinion_router("hospital"),
    staff_router("hospital"), assessment_page.router,
)  # fmt: skip
