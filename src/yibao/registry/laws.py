"""Law folders of the registry: points, credit, assessment. Published facts and marked defaults, with cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from yibao.engine.yaml import YamlError, read_yaml
from yibao.errors import YibaoError
from yibao.lawbook.model import hash_files

SHIPPED = Path(__file__).parent / "laws"
FILE, CASES = "law.yaml", "cases.yaml"
#: What every law of the registry says.
_NEEDED = ("id", "version", "title", "basis", "effective", "region")


class RegistryLawError(YibaoError):
    """A law of the registry is not there or cannot be used."""


@dataclass(frozen=True)
class RegistryLaw:
    """A law: what it says (`said`), and where it stands."""

    said: dict[str, Any]
    folder: Path
    text: str

    @property
    def id(self) -> str:
        return str(self.said["id"])

    @property
    def key(self) -> str:
        """``ID@version#hash``: what a score names, so that it can be explained years later."""
        return f"{self.id}@{self.said['version']}#{hash_files(self.text)}"

    def cases(self) -> Any:
        return read_yaml((self.folder / CASES).read_text(encoding="utf-8"), CASES)

    def in_force(self, day: date) -> bool:
        end = self.said["effective"].get("to")
        return date.fromisoformat(self.said["effective"]["from"]) <= day and (not end or day < date.fromisoformat(end))


def registry_law(law_id: str, own: Sequence[Path] = ()) -> RegistryLaw:
    """A law by id: the user's own (directories that hold law folders) goes before the shipped one."""
    for root in (*own, SHIPPED):
        found = {law.id: law for law in _laws(root)}
        if law_id in found:
            return found[law_id]
    known = ", ".join(sorted(law.id for law in _laws(SHIPPED)))
    raise RegistryLawError(
        f"the registry has no law {law_id!r}", mend=f"known: {known}", zh=f"登记库没有法规 {law_id!r}",
        mend_zh=f"可用：{known}",
    )  # fmt: skip


def shipped_laws() -> list[RegistryLaw]:
    return list(_laws(SHIPPED))


@cache
def _laws(root: Path) -> tuple[RegistryLaw, ...]:
    return tuple(_read(path) for path in sorted(root.glob(f"*/{FILE}")))


def _read(path: Path) -> RegistryLaw:
    where = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        said = read_yaml(text, path.name)
    except (OSError, UnicodeDecodeError, YamlError) as error:
        raise RegistryLawError(
            f"it cannot be read: {error}",
            where=where,
            mend="mend the file",
            zh=f"无法读取：{error}",
            mend_zh="请改正文件",
        ) from None
    missing = [key for key in _NEEDED if not isinstance(said, dict) or key not in said]
    if missing:
        raise RegistryLawError(
            f"the law does not say: {', '.join(missing)}", where=where, mend="add the keys",
            zh=f"缺少：{', '.join(missing)}", mend_zh="请补充",
        )  # fmt: skip
    return RegistryLaw(said, path.parent, text)
