"""The routers of the public's pages and of the law pages."""

from yibao.service.console.law import pages
from yibao.service.console.public import answers, calculator, complaint, data, indicators, institutions

ROUTERS = (
    answers.router,
    calculator.router, data.router, indicators.router, institutions.router, complaint.router, pages.router,
)  # fmt: skip
