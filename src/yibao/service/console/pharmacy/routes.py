"""The routers of the pharmacy's pages."""

from __future__ import annotations

from yibao.service.console.answer_pages import answer_router

ROUTERS = (answer_router("pharmacy"),)
