"""The routers of the insured person's pages."""

from yibao.service.console.insured import (
    access_pages,
    bills_pages,
    feedback_pages,
    home_pages,
    record,
    renewal_pages,
)

ROUTERS = (
    home_pages.router,
    bills_pages.router,
    record.router,
    access_pages.router,
    renewal_pages.router,
    feedback_pages.router,
)
