"""What the page of a clue shows, made of its case: title, steps, comparison, what speaks against, law, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from yibao.presentation.report.evidence import evidence_tables, signal_lines
from yibao.presentation.report.figures import figure_of
from yibao.presentation.report.law_parts import shown_params
from yibao.presentation.report.page import article
from yibao.presentation.report.rows import RowReader
from yibao.presentation.report.scene import Scene
from yibao.registry.clues.workflow import state_name, workflow
from yibao.registry.tables.core import EVENT
from yibao.service.console.audit import acts, drawings
from yibao.service.console.audit.decisions import DECISIONS
from yibao.service.console.audit.evidence import Case, Party
from yibao.service.console.audit.hours import hours
from yibao.service.console.audit.queue import left_words
from yibao.service.console.audit.queue_query import working_days_left
from yibao.service.console.audit.record import records
from yibao.service.console.bureau import drift
from yibao.service.console.drawing import Drawn
from yibao.service.console.scoping import institution_name
from yibao.service.reads import reads
from yibao.service.state import Service

#: The way of a clue, as the steps on its page.
STEPS = (
    (("S0", "S1"), ("生成", "Found")), (("S2",), ("分派", "Assigned")), (("S3", "S3b"), ("初审", "First review")),
    (("S3c",), ("机构答复", "Provider answers")), (("S4", "S5", "S6"), ("复审", "Second review")),
    (("S7", "S8"), ("处理", "Decision")), (("S9", "S10", "S3a"), ("追回与办结", "Recovery, closed")),
)  # fmt: skip

#: Columns of encounters that are laid side by side.
_COMPARED = {
    "department": ("科室", "Department"), "staff_id": ("医师", "Doctor"),
    "main_diagnosis": ("主要诊断", "Main diagnosis"), "discharge_way": ("离院方式", "Discharge"),
}  # fmt: skip


def shown(case: Case, number: int) -> dict[str, Any]:
    """The values of the template. ``number`` is the person whose records are laid side by side."""
    clue, zh = case.clue, case.lang == "zh"
    chosen = next((p for p in case.parties if p.number == number), case.parties[0] if case.parties else None)
    timeline = drawings.timeline(case)
    peers = drawings.against_peers(case)
    keyed = key_figures(case)
    scene = case.scene(chosen.findings[0]) if chosen is not None else None
    left = working_days_left(case.service, clue["due_on"])
    return {
        "case": case,
        "clue": clue,
        "chosen": chosen,
        "parties": case.parties,
        "title": title(case),
        "question": "这条疑点成立吗？依据是什么，涉及多少基金？"
        if zh
        else "Does it hold, on what grounds, how much fund money?",
        "steps": steps(case),
        "state": state_name(clue["state"], case.lang),
        "left": left,
        "left_words": left_words(left, case.lang),
        "clock": _clock(case),
        "figures": [one for one in (*keyed, timeline, *peers) if one is not None],
        "keyed": [one.name for one in keyed],
        "has_timeline": timeline is not None,
        "peers": [one.name for one in peers],
        "peer_count": len(drawings.peers_of(case.service, clue["institution_id"])),
        "side": side_by_side(case, chosen),
        "strength": strength(case, scene),
        **_evidence(case, scene),
        "against": against(case),
        "laws": law_parts(case),
        "history": history(case.service, clue),
        "elsewhere": sum(p.elsewhere for p in case.parties),
        "found": sum(p.fund_amount for p in case.parties),
        "acts": workflow()["acts"],
        "reason_words": _reason_words(),
    }


def key_figures(case: Case) -> list[Drawn]:
    """What the clue's subject asks for first: hours of charges and bills, or how the provider drifted and whether it
    lies beyond chance (readmission: C06; coding: C09)."""
    place, ids = case.clue["institution_id"], [law.id for law in case.laws]
    by_hour = hours(case)
    made = [by_hour] if by_hour is not None else []
    names = {name for family, names in _DRIFT.items() if any(one.startswith(family) for one in ids) for name in names}
    if place is not None and names:
        peers = drawings.peers_of(case.service, place)
        found = [one for one in drift.lines(case.service, place, peers) if one.indicator.name in names]
        made += drift.figures(found, "该机构" if case.lang == "zh" else "This provider", case.lang)
        funnel = drift.readmission_funnel(case.service, place, peers, case.lang) if "readmission" in names else None
        made += [funnel] if funnel is not None else []
    return made


#: What is drawn by month for clues of a family: indicators of the provider.
_DRIFT = {"C06": ("readmission", "days"), "C09": ("cmi", "cost", "days")}


def title(case: Case) -> str:
    """What, who, how many; "suspected" until it is decided."""
    clue, zh = case.clue, case.lang == "zh"
    place = institution_name(case.service, clue["institution_id"], case.lang) if clue["institution_id"] else ""
    what = clue["title_zh"] if zh else clue["title_en"]
    n, persons = len(clue["findings"]), clue["persons"]
    decided = clue["upheld"] is not None and clue["upheld"] > 0
    if zh:
        head = what if decided else f"疑似{what}"
        whom = f"{persons} 人 {n} 件" if persons else f"{n} 件"
        return f"{head}：{place + '，' if place else ''}{whom}"
    head = what[:1].upper() + what[1:] if decided else f"Suspected: {what}"
    whom = f"{persons} {'person' if persons == 1 else 'people'}, {n} {'finding' if n == 1 else 'findings'}"
    return f"{head} – {place + ', ' if place else ''}{whom if persons else f'{n} findings'}"


def steps(case: Case) -> list[tuple[str, str, str]]:
    """(words, done | now | open, when) of each step."""
    zh, state = case.lang == "zh", case.clue["state"]
    if state == "SUSPENDED":
        state = case.clue["suspended_from"] or "S2"
    at = next((n for n, (states, _) in enumerate(STEPS) if state in states), 0)
    made = []
    for n, (states, words) in enumerate(STEPS):
        came = [row["acted_at"] for row in case.clue["history"] if row["to_state"] in states]
        when = str(came[-1])[5:10] if came and n < at else ""
        closed = n == at == len(STEPS) - 1 and case.clue["closed_at"] is not None
        made.append((words[0 if zh else 1], "done" if n < at or closed else "now" if n == at else "open", when))
    return made


def side_by_side(case: Case, party: Party | None) -> dict[str, Any] | None:
    """Attributes as rows, encounters as columns; a row says whether all its cells are the same. Two at least."""
    if party is None:
        return None
    seen = {e["encounter_id"]: e for i in party.ids for e in case.encounters.get(i, ())}
    stays = sorted(seen.values(), key=lambda e: (e["admitted_at"], e["encounter_id"]))[:5]
    if len(stays) < 2:
        return None
    fmt, zh = case.fmt, case.lang == "zh"
    sums = {
        e["encounter_id"]: [sum(bill[name] or 0 for bill in case.facts.settlements.get(e["encounter_id"], ()))
                            for name in ("total_amount", "fund_amount")] for e in stays
    }  # fmt: skip
    rows: list[tuple[str, list[str], bool]] = []

    def add(words: tuple[str, str], cells: Sequence[str], *, compared: bool = True) -> None:
        same = compared and len(set(cells)) == 1 and cells[0] not in ("", "—")
        rows.append((words[0 if zh else 1], list(cells), same))

    add(
        ("日期", "Dates"),
        [fmt.span(e["admitted_at"].date(), (e["discharged_at"] or e["admitted_at"]).date()) for e in stays],
        compared=False,
    )
    add(
        ("天数", "Days"),
        [str(((e["discharged_at"] or e["admitted_at"]).date() - e["admitted_at"].date()).days) for e in stays],
        compared=False,
    )
    add(("机构", "Provider"), [case.names.institution(e["institution_id"]) for e in stays])
    for name, words in _COMPARED.items():
        add(words, [_coded(case, name, e[name]) for e in stays])
    add(("费用，元", "Cost, ¥"), [fmt.amount(sums[e["encounter_id"]][0]) for e in stays], compared=False)
    add(("基金支付，元", "Fund, ¥"), [fmt.amount(sums[e["encounter_id"]][1]) for e in stays], compared=False)
    heads = [f"第 {n} 次" if zh else f"No. {n}" for n in range(1, len(stays) + 1)]
    return {"heads": heads, "rows": rows}


def strength(case: Case, scene: Scene | None) -> dict[str, Any] | None:
    """How the strength came about where a law weighs its signals: value × weight = product, and the threshold."""
    if scene is None:
        return None
    parts = []
    for name, raw in scene.params.items():
        signal = name.removeprefix("weight_")
        if name == signal or signal not in scene.law.signals:
            continue
        weight = int(raw)
        product = case.value(scene.finding["finding_id"], signal) or 0
        words = scene.law.signals[signal]
        label = (words.zh if case.lang == "zh" else words.en).replace("{value}", "").strip()
        parts.append(
            (label[:1].upper() + label[1:], min(product * 10_000 // weight, 10_000) if weight else 0, weight, product)
        )
    total = case.value(scene.finding["finding_id"], "strength")
    if not parts or total is None:
        return None
    return {"parts": parts, "total": total, "threshold": int(scene.params.get("threshold", 0)),
            "most": max(weight for _, _, weight, _ in parts)}  # fmt: skip


def against(case: Case) -> list[tuple[str, str, str]]:
    """(icon, words, consequence): exemptions checked, defences that are possible, evidence that is missing."""
    zh, made = case.lang == "zh", []
    for law in case.laws:
        names = [case.t.word("exemption", one) for one in law.exemptions]
        if names:
            said = ("、" if zh else ", ").join(names)
            made.append(("check", f"例外情形已排除：{said}" if zh else f"Exemptions were ruled out: {said}",
                         f"规则 {law.id} 运行时已核对" if zh else f"checked when rule {law.id} ran"))  # fmt: skip
        then = "机构可能如此申辩，请在病历中核对" if zh else "the provider may say so; look for it in the records"
        made += [("q", one.zh if zh else one.en[:1].upper() + one.en[1:], then) for one in law.looks_like]
    for row in case.clue["evidence"]:
        given = row["status"] == "given"
        words = row["title_zh"] if zh else row["title_en"][:1].upper() + row["title_en"][1:]
        made.append(
            (
                "check" if given else "x",
                words,
                ("已提交" if zh else "handed in")
                if given
                else ("未调取：没有它不能排除上述申辩" if zh else "not obtained: without it the defences above stand"),
            )
        )
    if not made:
        made.append(("check", "核对了豁免清单和已登记的例外，没有找到反证" if zh else
                     "The list of exemptions was checked and nothing was found", ""))  # fmt: skip
    return made


def law_parts(case: Case) -> list[dict[str, Any]]:
    """Each rule with its articles, parameters, basis of the amount and record."""
    zh, made = case.lang == "zh", []
    for law in case.laws:
        record = records(case.service, law.id).get(law.id)
        basis = [((b.law.zh if zh else b.law.en), article(b.article, case.t),
                  ((b.gist.zh if zh else b.gist.en) if b.gist is not None else "")) for b in law.basis]  # fmt: skip
        made.append({"law": law, "basis": basis, "params": shown_params(case.fmt, case.t, law, case.bound(law)),
                     "record": record, "classes": [str(one.number) for one in law.official]})  # fmt: skip
    return made


def history(service: Service, clue: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The acts on a clue with the hash of the event that tells of each."""
    query = select(EVENT.c.acted_at, EVENT.c.actor_id, EVENT.c.hash).where(EVENT.c.subject == f"clue:{clue['clue_id']}")
    with reads(service.registry) as connection:
        hashes = {
            (at.isoformat(timespec="microseconds"), actor): sealed for at, actor, sealed in connection.execute(query)
        }
    return [{**row, "hash": hashes.get((row["acted_at"], row["actor_id"]), "")} for row in clue["history"]]


def _evidence(case: Case, scene: Scene | None) -> dict[str, Any]:
    """The signals and rows of the chosen person's heaviest finding, and the picture that its law has."""
    if scene is None:
        return {"signals": [], "tables_of": [], "own_figure": None}
    reader = RowReader(case.fmt, case.t, case.names)
    tables = evidence_tables(scene.finding, scene.refs, scene.law, case.rows, scene.ledger, reader)
    own = figure_of(scene) if not drawings.about_stays(case) and scene.finding.get("occurred_at") else None
    return {"signals": signal_lines(scene.law, scene.refs, case.fmt, case.t), "tables_of": tables, "own_figure": own}


def _coded(case: Case, column: str, value: Any) -> str:
    contract = case.service.ledger.tables()["encounter"].by_name[column]
    word = next((c.zh if case.lang == "zh" else c.en for c in contract.codes or () if c.value == value), value)
    return str(word) if word else "—"


def _clock(case: Case) -> str:
    clock = workflow()["states"][case.clue["state"]].get("clock")
    return str(clock[case.lang]) if clock else ""


def _reason_words() -> dict[str, tuple[str, str]]:
    known = {code: words for every in DECISIONS.values() for one in every for code, words in one.reasons.items()}
    kinds = {kind: (str(said["zh"]), str(said["en"])) for kind, said in workflow()["dispositions"].items()}
    return {**known, **kinds, **acts.GROUNDS, **acts.STANDS}
