"""Sphinx settings of the manual. The build reads nothing from a network; `-W` keeps it free of warnings."""

from __future__ import annotations

project = "yibao"
author = "the yibao authors"
project_copyright = "the yibao authors; Apache License 2.0"

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
language = "en"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "yibao"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_copy_source = False
html_show_sphinx = False

# Contracts and laws carry SQL in DuckDB's dialect, which the highlighter knows only as plain SQL.
suppress_warnings = ["misc.highlighting_failure"]
