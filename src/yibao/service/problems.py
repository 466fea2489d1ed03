"""What is refused, and how it is told: ``application/problem+json`` (RFC 9457) with the mend, naming the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from yibao.benefits.bill_file import BillError
from yibao.benefits.load import PolicyError
from yibao.errors import YibaoError
from yibao.registry import Refused, RegistryError

TYPE = "application/problem+json"
#: Refusals of the registry that are not a conflict with what is there.
_REFUSED = {
    "unknown": 404, "unknown_actor": 401, "actor_disabled": 401, "no_role": 403, "out_of_scope": 403,
    "request_reused": 422, "future": 422, "in_the_future": 422,
}  # fmt: skip
_TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求无法理解", "The request cannot be understood"),
    401: ("请先登录或出示有效凭证", "Sign in, or show a valid credential"),
    403: ("无权办理", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("此处不支持该方法", "The method is not supported here"),
    409: ("与已有记录冲突", "It contradicts what is recorded"),
    412: ("缺少所需数据", "Data that is needed cannot be obtained"),
    413: ("内容过大", "Too large"),
    415: ("不支持的内容类型", "The content type is not supported"),
    422: ("内容有误", "The content is wrong"),
    429: ("请求过于频繁", "Too many requests"),
    500: ("出错了，您的数据没有丢", "Something failed; nothing of yours is lost"),
    503: ("服务暂不可用", "The service is not available for the moment"),
}


_MENDS: Mapping[int, tuple[str, str]] = {
    404: ("请核对地址", "check the address"),
    405: ("请从页面上的链接或按钮进入", "use the links and buttons of the pages"),
    422: ("请返回上一页，核对填写的内容", "go back and check what was filled in"),
    500: ("请稍后再试；仍不行请把编号告诉管理员", "try later; if it stays so, tell the administrator the reference"),
}  # fmt: skip


class Problem(YibaoError):
    """A refusal with an HTTP status. ``name`` is what programs go by; ``field`` the part of the request it is about."""

    def __init__(
        self, status: int, name: str, what: str, zh: str, *, field: str = "", mend: str = "", mend_zh: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(what, where=field, mend=mend, zh=zh, mend_zh=mend_zh)
        self.status, self.name, self.field, self.headers = status, name, field, headers


def unknown(what: str, zh: str) -> Problem:
    """Nothing there, or nothing that the caller may know of: both look the same."""
    return Problem(404, "unknown", f"there is no such {what}", f"没有此{zh}", mend="check the number",
                   mend_zh="请核对编号")  # fmt: skip


def plain(status: int) -> Problem:
    """What the framework refuses by itself, or what failed, as a reader of pages is told of it."""
    (zh, en), (mend_zh, mend) = _TITLES.get(status, _TITLES[400]), _MENDS.get(status, ("", ""))
    return Problem(status, f"http_{status}", en, zh, mend=mend, mend_zh=mend_zh)


def language(request: Request) -> str:
    """``zh`` or ``en``: as the address, the cookie or the browser asks for; Chinese by default."""
    said = request.query_params.get("lang") or request.cookies.get("lang")
    if said in ("zh", "en"):
        return said
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in ("zh", "en"):
            return tag
    return "zh"


def answer(
    request: Request, status: int, name: str, said: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    """A problem as a response. ``said`` holds ``what`` and ``mend`` with their Chinese (``zh``, ``mend_zh``)."""
    zh = language(request) == "zh"
    said = said or {}
    title = _TITLES.get(status, _TITLES[400])
    body: dict[str, Any] = {
        "type": f"urn:yibao:problem:{name}", "title": title[0] if zh else title[1], "status": status,
        "detail": said.get("zh" if zh else "what", ""), "mend": said.get("mend_zh" if zh else "mend", ""),
        "errors": list(errors), "request": getattr(request.state, "request_id", ""),
    }  # fmt: skip
    kept = {key: value for key, value in body.items() if value not in ("", [])}
    return JSONResponse(kept, status, dict(headers or {}), media_type=TYPE)


def of_error(request: Request, error: YibaoError) -> JSONResponse:
    """A named refusal of any room."""
    status, name, errors = _status(error)
    field = error.where if not isinstance(error, (Refused, RegistryError)) else ""
    said = {"what": error.what, "zh": error.zh, "mend": error.mend, "mend_zh": error.mend_zh}
    zh = language(request) == "zh"
    errors = [{"field": field, "said": error.zh if zh else error.what}] if field else []
    return answer(request, status, name, said, errors, getattr(error, "headers", None))


def _status(error: YibaoError) -> tuple[int, str, list[dict[str, str]]]:
    if isinstance(error, Problem):
        return error.status, error.name, []
    if isinstance(error, Refused):
        return _REFUSED.get(error.name, 409), error.name, []
    if isinstance(error, RegistryError):
        return 503, "registry", []
    name = "bill" if isinstance(error, BillError) else "policy" if isinstance(error, PolicyError) else "content"
    return 422, name, []


def of_validation(request: Request, error: RequestValidationError) -> JSONResponse:
    """A request that is not of the form that its route asks for; each field is named."""
    status = 400 if request.url.path.startswith("/cds-services") else 422
    errors = [
        {"field": ".".join(str(part) for part in one["loc"] if part != "body"), "said": _wrong(one, language(request))}
        for one in error.errors()
    ]
    return answer(request, status, "form", errors=errors[:20])


#: What is wrong with a field, by the beginning of the kind that the framework gives it; ``{}`` takes from its context.
_WRONG_ZH = {
    "missing": "必填", "extra_forbidden": "没有此字段", "string_pattern_mismatch": "格式应为 {pattern}",
    "string_too_long": "最多 {max_length} 个字符", "string_too_short": "至少 {min_length} 个字符",
    "too_long": "最多 {max_length} 项", "too_short": "至少 {min_length} 项", "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一", "greater_than_equal": "不得小于 {ge}", "greater_than": "应大于 {gt}",
    "less_than_equal": "不得大于 {le}", "less_than": "应小于 {lt}", "datetime": "应为时间，如 2026-03-02T09:30:00",
    "date": "应为日期，如 2026-03-02", "int": "应为整数", "float": "应为数字", "decimal": "应为十进制数，最多两位小数",
    "bool": "应为 true 或 false", "string_type": "应为文字", "list_type": "应为数组", "dict_type": "应为对象",
    "model": "应为对象", "json_invalid": "不是有效的 JSON",
}  # fmt: skip


def _wrong(one: Mapping[str, Any], lang: str) -> str:
    """What is wrong with a field. A check of our own says it in both languages, the English before the bar."""
    kind, (said, _, own) = str(one["type"]), str(one["msg"]).removeprefix("Value error, ").partition(" | ")
    found = own or next((words for start, words in _WRONG_ZH.items() if kind.startswith(start)), "")
    return found.format_map(one.get("ctx") or {}) if lang == "zh" and found else said


def of_http(request: Request, error: HTTPException) -> JSONResponse:
    """What the framework refuses by itself."""
    return answer(request, error.status_code, f"http_{error.status_code}", headers=error.headers)
