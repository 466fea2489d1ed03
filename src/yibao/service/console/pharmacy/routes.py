"""The routers of the pharmacy's pages."""

from __future__ import annotations

from yibao.service.console.answer_pages import answer_router
from yibao.service.console.own_opinions import opinion_router
from yibao.service.console.own_staff import staff_router
from yibao.service.console.pharmacy import pages, voucher_page

ROUTERS = (
    pages.router, voucher_page.router, answer_router("pharmacy"), opinion_router("pharmacy"), staff_router("pharmacy"),
)  # fmt: skip
