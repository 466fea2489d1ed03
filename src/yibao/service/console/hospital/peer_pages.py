"""A hospital chooses its own peers, one by one where that tells of nobody, and all or none of them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from yibao.service.access.guard import GuardedRoute, Of, Who, needs
from yibao.service.access.scope import Caller
from yibao.service.console.hospital import peers
from yibao.service.console.hospital.choice import LEVELS, all_stays, others_than, standard_sets
from yibao.service.console.hospital.estimate import FEWEST_PEERS
from yibao.service.console.hospital.peers import Part
from yibao.service.console.own import Own, own_institution
from yibao.service.console.pages import lang_of, page
from yibao.service.console.scoping import institution_name, region_name
from yibao.service.state import Service

router = APIRouter(prefix="/hospital/benchmark/peers", route_class=GuardedRoute, include_in_schema=False)
_QUESTION = {"zh": "想和哪些机构比？", "en": "With whom do you want to be compared?"}
#: Ticked boxes: each names one institution, or all of a part that is taken whole.
Ticked = Annotated[list[str], Form(max_length=5_000)]


@router.get("")
@needs("peers.choose", anywhere=True)  # the choice is the caller's own institution's
def offered(request: Request, caller: Who, service: Of) -> Response:
    """Who may be chosen, in parts that may be divided and parts that may not."""
    own = own_institution(caller, service, "hospital")
    before = peers.history(service, own.institution_id)
    return _page(request, service, caller, own, before[-1] if before else frozenset())


@router.post("")
@needs("peers.choose", anywhere=True)  # the choice is the caller's own institution's
def chosen(request: Request, caller: Who, service: Of, peer: Ticked = []) -> Response:  # noqa: B006
    """Keep a choice that tells of no single peer, beside every other set that was seen."""
    own, zh = own_institution(caller, service, "hospital"), lang_of(request) == "zh"
    known = {peers.token(place): place for place in others_than(own, service, all_stays(service).places)}
    said = [name for box in peer for name in box.split(".")]
    picked = frozenset(known[name] for name in said if name in known)
    wrong = ""
    if len(picked) < len(set(said)):
        wrong = "名单已经变了，请重新选择" if zh else "the list has changed; choose again"
    elif len(picked) < FEWEST_PEERS:
        wrong = (f"选了 {len(picked)} 家，至少要 {FEWEST_PEERS} 家" if zh
                 else f"you chose {len(picked)}; at least {FEWEST_PEERS} are needed")  # fmt: skip
    else:
        wrong = _told(_parts(service, own), picked, zh)
    if wrong:
        return _page(request, service, caller, own, picked, errors={"peer": wrong})
    if picked not in peers.history(service, own.institution_id)[-1:]:
        peers.keep(service, caller, own.institution_id, picked)
    return RedirectResponse("/hospital/benchmark?peers=own&done=peers", 303)


def _told(parts: Sequence[Part], picked: Part, zh: bool) -> str:
    """Why a choice would tell of single peers; nothing when it does not."""
    for number, part in enumerate(parts, start=1):
        if peers.splits(part, picked):
            inside = len(part & picked)
            return (
                f"第 {number} 组 {len(part)} 家选了 {inside} 家：两组数一减，就能看出不足 {FEWEST_PEERS} 家的情况。"
                f"{_rule(part, zh)}"
                if zh
                else f"group {number} has {len(part)} and you chose {inside}: by subtraction fewer than {FEWEST_PEERS} "
                f"could be told. {_rule(part, zh)}"
            )
    return ""


def _rule(part: Part, zh: bool) -> str:
    """How many of a part may be taken."""
    if len(part) < 2 * FEWEST_PEERS:
        return f"这 {len(part)} 家全选，或都不选" if zh else f"Take all {len(part)}, or none"
    most = len(part) - FEWEST_PEERS
    return (f"选 {FEWEST_PEERS} 至 {most} 家，或全选，或都不选" if zh
            else f"Take {FEWEST_PEERS} to {most}, or all, or none")  # fmt: skip


def _parts(service: Service, own: Own) -> list[Part]:
    """What the sets that the hospital may look at, or has looked at, leave of the others."""
    places = all_stays(service).places
    told = [ids for ids, _ in standard_sets(service, own, places).values() if len(ids) >= FEWEST_PEERS]
    return peers.parts([*told, *peers.history(service, own.institution_id)], others_than(own, service, places))


def _page(
    request: Request, service: Service, caller: Caller, own: Own, picked: Part, errors: Mapping[str, str] | None = None
) -> Response:
    lang = lang_of(request)
    zh = lang == "zh"
    groups = [
        {"rule": _rule(part, zh), "size": len(part), "whole": len(part) < 2 * FEWEST_PEERS,
         "token": ".".join(sorted(map(peers.token, part))), "taken": part <= picked,
         "rows": sorted((_row(service, place, picked, lang) for place in part), key=lambda row: str(row["name"]))}
        for part in _parts(service, own)
    ]  # fmt: skip
    return page(
        request, "hospital/peers.html", caller=caller, question=_QUESTION[lang], groups=groups, errors=errors,
        least=FEWEST_PEERS, enough=sum(int(str(group["size"])) for group in groups) >= FEWEST_PEERS,
    )  # fmt: skip


def _row(service: Service, place: str, picked: Part, lang: Any) -> dict[str, Any]:
    """One institution by its public name, level and region."""
    row = service.institutions[place]
    level = LEVELS.get(row["level"], ("未定级", "ungraded"))[lang == "en"]
    return {"token": peers.token(place), "name": institution_name(service, place, lang), "ticked": place in picked,
            "words": f"{level} · {region_name(service, row['region_code'], lang)}"}  # fmt: skip
