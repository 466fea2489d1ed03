"""What an administrator cannot undo, or what stops somebody's work at once, as it is shown before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.registry.roles import roles
from yibao.service.console.confirming import Sure, Words

#: act -> (what, what follows, the button, whether a reason is asked for, what becomes of what was).
_ACTS: Mapping[str, tuple[Words, Words, Words, bool, Words]] = {
    "disable": (
        ("停用账号", "disable an account"),
        ("立即生效：该用户不能再登录，正在进行的登录全部结束，所持密钥被拒绝",
         "at once: the user cannot sign in, all sign-ins end, keys of the account are refused"),
        ("确认停用", "Disable it"), True, ("以后可以重新启用；其间的工作不会恢复。", "It can be enabled again later.")),
    "revoke": (
        ("收回角色", "take a role back"),
        ("立即生效：该用户不能再以这个角色办理，未办完的须另行分派",
         "at once: the user acts no longer in this role; what is unfinished goes to somebody else"),
        ("确认收回", "Take it back"), True,
        ("以后可以重新授予，记录不删除。", "It can be granted anew; the record stays.")),
    "password": (
        ("设新密码", "set a new password"),
        ("旧密码立即失效，所有登录结束；新密码只显示一次，请交给本人",
         "the old password ends at once, and all sign-ins; the new one is shown once, to be handed over"),
        ("确认设新密码", "Set it"), False, ("旧密码不能恢复。", "The old password cannot be brought back.")),
    "factor": (
        ("重设第二因素", "make a new second factor"),
        ("旧验证器立即失效；新二维码只显示一次，请本人当面扫码",
         "the old authenticator ends at once; the new code is shown once, to be scanned by the user"),
        ("确认重设", "Make it new"), False, ("旧验证器不能恢复。", "The old one cannot be brought back.")),
}  # fmt: skip
ASKED = frozenset(_ACTS)


def wants_reason(act: str) -> bool:
    """Whether a reason goes with this act."""
    return act in _ACTS and _ACTS[act][3]


def sure(user: Mapping[str, Any], grants: Sequence[Mapping[str, Any]], act: str, grant_id: str, zh: bool) -> Sure:
    """What is about to be done to an account. ``grants`` are the user's; ``grant_id`` names the one to be revoked."""
    title, after, verb, reason, undone = _ACTS[act]
    facts = [("账号" if zh else "Account", user["actor_id"])]
    if act == "revoke":
        row = next((one for one in grants if one["grant_id"] == grant_id), None)
        if row is not None:
            role = roles().get(row["role"])
            said = row["role"] if role is None else role.zh if zh else role.en
            facts += [("角色" if zh else "Role", said), ("范围" if zh else "Scope", row["scope"])]
    elif user["granted"]:
        facts.append(("现有角色" if zh else "Roles held", user["granted"]))
    at = f"/admin/users/{user['actor_id']}"
    return Sure(title, user["name"], after, f"{at}/{act}", (at, ("返回用户", "Back to the user")), facts, verb=verb,
                code=user["actor_id"], reason=reason, undone=undone)  # fmt: skip
