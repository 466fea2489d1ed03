"""Doors: one for each kind of reader, with the entries of its main navigation (six at most).

An entry is drawn for callers who have its permission; one without a permission is open to all. A page whose room does
not exist has no entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.service.access.scope import Caller


@dataclass(frozen=True)
class Entry:
    """An entry of the main navigation."""

    path: str
    zh: str
    en: str
    permission: str = ""

    def open_for(self, caller: Caller | None) -> bool:
        return not self.permission or (caller is not None and caller.allows(self.permission))


@dataclass(frozen=True)
class Door:
    """The pages of one role, below ``path``, for callers with ``permission`` (none: for all). An entry may lead to a
    page that roles share, which lies below another door."""

    path: str
    zh: str
    en: str
    permission: str
    entries: tuple[Entry, ...]

    def open_to(self, caller: Caller | None) -> list[Entry]:
        """The entries that a caller sees; none when the door is not his."""
        if self.permission and (caller is None or not caller.allows(self.permission)):
            return []
        return [entry for entry in self.entries if entry.open_for(caller)]


BUREAU = Door(
    "/bureau", "医保局", "Bureau", "bureau.read",
    (
        Entry("/bureau", "总览", "Overview", "bureau.read"),
        Entry("/bureau/fund", "基金", "Fund", "bureau.read"),
        Entry("/bureau/institutions", "机构", "Institutions", "bureau.read"),
        Entry("/bureau/rules", "规则", "Rules", "bureau.read"),
        Entry("/bureau/payment", "支付", "Payment", "bureau.read"),
        Entry("/bureau/opinions", "意见", "Opinions", "opinion.answer"),
    ),
)  # fmt: skip
AUDIT = Door(
    "/audit", "稽核", "Audit", "clue.read",
    (
        Entry("/audit", "我的待办", "My work", "clue.read"),
        Entry("/audit/clues", "疑点队列", "Clue queue", "clue.read"),
        Entry("/bureau/rules", "规则", "Rules", "rule.read"),
        Entry("/bureau/institutions", "机构", "Institutions", "institution.read"),
        Entry("/audit/recoveries", "追回", "Recoveries", "clue.read"),
        Entry("/audit/figures", "统计", "Figures", "clue.read"),
    ),
)  # fmt: skip
ADMIN = Door(
    "/admin", "系统管理", "Administration", "access.manage",
    (
        Entry("/admin/users", "用户与授权", "Users and roles", "access.manage"),
        Entry("/admin/keys", "接口密钥", "API keys", "access.manage"),
    ),
)  # fmt: skip

HOSPITAL = Door(
    "/hospital", "医院", "Hospital", "hospital.read",
    (
        Entry("/hospital", "总览", "Overview", "hospital.read"),
        Entry("/hospital/benchmark", "对标", "Benchmark", "hospital.read"),
        Entry("/hospital/clues", "疑点与申诉", "Clues and appeals", "hospital.read"),
        Entry("/hospital/precheck", "事前预审", "Pre-check", "hospital.read"),
        Entry("/hospital/opinions", "意见", "Opinions", "hospital.read"),
        Entry("/hospital/definitions", "口径", "Definitions", "hospital.read"),
    ),
)  # fmt: skip
PHARMACY = Door(
    "/pharmacy", "药店", "Pharmacy", "pharmacy.read",
    (
        Entry("/pharmacy", "本店", "Our pharmacy", "pharmacy.read"),
        Entry("/pharmacy/clues", "疑点与申诉", "Clues and appeals", "pharmacy.read"),
        Entry("/pharmacy/stock", "进销存", "Stock", "pharmacy.read"),
        Entry("/pharmacy/voucher", "核验医保码", "Redeem a code", "pharmacy.read"),
        Entry("/pharmacy/opinions", "意见", "Opinions", "pharmacy.read"),
    ),
)  # fmt: skip
ME = Door(
    "/me", "参保人", "Insured person", "person.read",
    (
        Entry("/me", "首页", "Home", "person.read"),
        Entry("/me/bills", "账单", "Bills", "person.read"),
        Entry("/me/cover", "我的待遇", "My cover", "person.read"),
        Entry("/me/access", "谁看过", "Who looked", "person.read"),
        Entry("/me/voucher", "医保码", "e-Voucher", "voucher.issue"),
        Entry("/me/feedback", "意见", "Feedback", "feedback.give"),
    ),
)  # fmt: skip
OPEN = Door(
    "/open", "公开", "Public", "",
    (
        Entry("/open", "公开数据", "Open data"),
        Entry("/open/institutions", "机构评价", "Providers"),
        Entry("/open/calculator", "待遇计算", "Calculator"),
        Entry("/open/complaint", "投诉举报", "Complaints"),
        Entry("/open/data", "下载", "Downloads"),
    ),
)  # fmt: skip

#: The law's pages are nobody's: they are read from every door.
_LAW = "/law/"
DOORS: Sequence[Door] = (BUREAU, AUDIT, ADMIN, HOSPITAL, PHARMACY, ME, OPEN)


def doors_of(caller: Caller | None) -> list[tuple[Door, Entry]]:
    """The doors that a caller may go through, each with the entry behind it; one that is open to all is no role."""
    own = (door for door in DOORS if door.permission)
    return [(door, entries[0]) for door in own if (entries := door.open_to(caller))]


def door_at(path: str, caller: Caller | None) -> Door | None:
    """The caller's door behind which a page lies, or from which it is reached; of another page, his only door.

    Who has no role there, or did not sign in, finds his way through what is open by the door of the public.
    """
    open_ = [door for door, _ in doors_of(caller)]
    behind = [door for door in open_ if path == door.path or path.startswith(door.path + "/")]
    leading = [door for door in open_ if current(door.entries, path)]
    public = [OPEN] if path.startswith((f"{OPEN.path}/", _LAW)) or path == OPEN.path else []
    found = [*behind, *leading, *(open_ if len(open_) == 1 else []), *public]
    return found[0] if found else None


def current(entries: Sequence[Entry], path: str) -> str:
    """The path of the entry under which a page lies: the longest that fits."""
    fits = [entry.path for entry in entries if path == entry.path or path.startswith(entry.path + "/")]
    return max(fits, key=len, default="")
