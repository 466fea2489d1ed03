"""What people see: tokens and charts in one theme, numbers and dates, zh/en messages, self-contained reports.

The public face is :func:`yibao.presentation.report.write_report`; the rest serves it, the command line and the console.
"""
