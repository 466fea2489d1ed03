"""What equity refuses, by the place it goes wrong: the panel, the method, the study file, a library that is missing."""

from __future__ import annotations

from yibao.errors import UsageError, YibaoError


class EquityError(YibaoError):
    """Equity cannot be measured so."""


class PanelError(EquityError):
    """A panel of regions and years cannot be read, or does not hold what is asked of it."""


class MethodError(EquityError, ValueError):
    """A method is not defined on these numbers. It is a ValueError as well, for callers from Python."""


class StudyError(UsageError):
    """A study file says something that cannot be run."""


class LibraryMissing(EquityError):
    """A method needs a library of the extra `evaluate`."""

    def __init__(self, library: str) -> None:
        super().__init__(
            f"the library {library} is not installed",
            mend="pip install 'yibao[evaluate]'",
            zh=f"未安装 {library}",
            mend_zh="请安装：pip install 'yibao[evaluate]'",
        )
