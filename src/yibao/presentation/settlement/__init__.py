"""What people open of a re-settlement and of a reform: workbooks, CSV files, the reform report."""

from yibao.presentation.settlement.reform_book import write_reform_book
from yibao.presentation.settlement.reform_report import write_reform_reports
from yibao.presentation.settlement.settle_book import write_settle_book

__all__ = ["write_reform_book", "write_reform_reports", "write_settle_book"]
