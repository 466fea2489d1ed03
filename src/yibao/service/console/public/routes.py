"""The routers of the public's pages."""

from yibao.service.console.public import calculator, complaint, indicators, institutions, law

ROUTERS = (calculator.router, indicators.router, institutions.router, complaint.router, law.router)
