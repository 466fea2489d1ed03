"""What the names and codes of the registry are called on the command line, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yibao.cli.words import language, t
from yibao.registry.clues.workflow import state_name, workflow

#: Names that hold fen.
MONEY = {"amount", "fund_amount", "claimed", "upheld", "recovered", "open", "disputed", "written_off"}
#: Columns whose values are codes of :data:`CODES`.
_CODED = {"act", "event", "ground", "kind", "outcome", "receiver", "responsibility", "scope_kind", "state", "status",
          "subject_kind", "way", "from_state", "to_state"}  # fmt: skip
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def label(name: str) -> str:
    """What a column, or a part of an answer, is called."""
    return t(*WORDS.get(name, (name, name.replace("_", " "))))


def said(name: str, value: Any) -> str:
    """A value as people read it: money in yuan, codes by their words, instants to the second."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(said(name, one) for one in value)
    if isinstance(value, Mapping):
        return " ".join(said(part, one) for part, one in value.items() if one is not None)
    if isinstance(value, bool):
        return t("是", "yes") if value else t("否", "no")
    if name in MONEY:
        return yuan(value)
    if name in _CODED:
        return _word(str(value))
    if isinstance(value, datetime) or _INSTANT.fullmatch(str(value)):
        return str(value).replace("T", " ")[:19].removesuffix(":00")
    return str(value)


def yuan(value: int | None) -> str:
    """Fen as yuan, with thousands apart."""
    return "" if value is None else f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}"


def _word(code: str) -> str:
    if code in CODES:
        return t(*CODES[code])
    if code in workflow()["states"]:
        return f"{code} {state_name(code, language())}"
    act = workflow()["acts"].get(code)
    return code if act is None else t(str(act["zh"]), str(act["en"]))


#: Codes, (zh, en). States and acts of clues are named by the workflow.
CODES = {
    "accept": ("认可", "accepted"),
    "accumulated": ("全年累计", "accumulated"),
    "one_decision": ("一次决定", "in one decision"),
    "active": ("有效", "active"),
    "appeal": ("申诉", "appeal"),
    "appealed": ("申诉中", "appealed"),
    "approved": ("已批准", "approved"),
    "asked": ("已申请", "asked"),
    "decided": ("已决定", "decided"),
    "deducted": ("扣款", "deducted"),
    "disabled": ("已停用", "disabled"),
    "doctor": ("医生", "doctor"),
    "nurse": ("护士", "nurse"),
    "pharmacist": ("药师", "pharmacist"),
    "technician": ("技师", "technician"),
    "auditor": ("收费审核人员", "billing auditor"),
    "done": ("已办理", "done"),
    "drafted": ("已出初稿", "drafted"),
    "final": ("已定稿", "final"),
    "general": ("一般责任", "general"),
    "granted": ("同意", "granted"),
    "important": ("重要责任", "important"),
    "in_force": ("生效", "in force"),
    "institution": ("机构", "institution"),
    "internal": ("内部", "internal"),
    "lifted": ("已解除", "lifted"),
    "main": ("主要责任", "main"),
    "normal": ("正常", "normal"),
    "noticed": ("已送达", "noticed"),
    "objected": ("异议中", "objected"),
    "objection": ("异议", "objection"),
    "open": ("开放", "open"),
    "over": ("已届满", "over"),
    "paid": ("缴款", "paid"),
    "person": ("个人", "person"),
    "public": ("公众", "public"),
    "raised": ("已提出", "raised"),
    "recalled": ("已撤回", "recalled"),
    "received": ("已到账", "received"),
    "refused": ("不同意", "refused"),
    "region": ("区划", "region"),
    "repair": ("修复", "repair"),
    "repaired": ("已修复", "repaired"),
    "returned": ("已退还", "returned"),
    "reversal": ("冲销", "reversal"),
    "revoked": ("已撤销", "revoked"),
    "service": ("系统", "service"),
    "settlement": ("结算", "settlement"),
    "shared": ("其他单位", "shared"),
    "silence": ("视为无异议", "silence"),
    "suspended": ("暂停", "suspended"),
    "terminated": ("终止", "terminated"),
    "uphold": ("维持", "upheld"),
    "partly": ("部分维持", "upheld in part"),
    "withdraw": ("撤销", "withdrawn"),
    "withdrawn": ("已撤销", "withdrawn"),
    "wanted": ("待补", "wanted"),
}
#: Names of answers and columns, (zh, en).
WORDS = {
    "clue_id": ("疑点", "clue"),
    "state": ("状态", "state"),
    "due_on": ("期限", "due"),
    "clock": ("期限名称", "clock"),
    "claimed": ("主张金额", "claimed"),
    "upheld": ("维持金额", "upheld"),
    "institution_id": ("机构", "institution"),
    "title_zh": ("标题", "title (zh)"),
    "title_en": ("英文标题", "title"),
    "amount": ("金额", "amount"),
    "fund_amount": ("基金", "fund"),
    "strength_ppm": ("强度（百万分之一）", "strength (ppm)"),
    "findings": ("命中", "findings"),
    "persons": ("人数", "persons"),
    "recovered": ("已追回", "recovered"),
    "open": ("尚待追回", "still open"),
    "decision_no": ("文号", "decision"),
    "kind": ("类别", "kind"),
    "serve_by": ("送达期限", "serve by"),
    "served": ("已送达", "served"),
    "written_off": ("不再追回", "written off"),
    "statement_id": ("陈述", "statement"),
    "actor_id": ("操作人", "actor"),
    "role": ("角色", "role"),
    "grant_id": ("授权", "grant"),
    "name": ("名称", "name"),
    "scope_kind": ("范围类别", "kind of scope"),
    "scope": ("范围", "scope"),
    "valid_from": ("起", "from"),
    "valid_to": ("止", "until"),
    "organisation": ("单位", "organisation"),
    "staff_id": ("人员", "staff"),
    "points": ("分值", "points"),
    "status": ("资格状态", "status"),
    "status_to": ("至", "until"),
    "appeal_by": ("申诉期限", "appeal by"),
    "verify_by": ("核查期限", "verify by"),
    "events": ("留痕", "events"),
    "given": ("记分", "points given"),
    "points_milli": ("分值（千分之一）", "points (thousandths)"),
    "activated": ("生效人数", "activated"),
    "changed": ("变动", "changed"),
    "score_milli": ("得分（千分之一）", "score (thousandths)"),
    "grade": ("等级", "grade"),
    "subject_id": ("主体", "subject"),
    "subject_kind": ("主体类别", "kind of subject"),
    "period": ("期间", "period"),
    "clues": ("疑点", "clues"),
    "known": ("已在疑点中", "already in a clue"),
    "exempted": ("豁免", "exempted"),
    "outside": ("范围外", "outside your scope"),
    "reverses": ("冲销", "reverses"),
    "transaction_id": ("流水", "transaction"),
    "settlement_id": ("结算", "settlement"),
    "sequence": ("序号", "sequence"),
    "acted_at": ("办理时间", "done at"),
    "recorded_at": ("记录时间", "recorded at"),
    "action": ("事项", "action"),
    "subject": ("对象", "subject"),
    "outcome": ("结果", "outcome"),
    "plan_id": ("方案", "plan"),
    "rank": ("名次", "rank"),
    "late": ("逾期", "late"),
    "answer_by": ("答复期限", "answer by"),
    "request_id": ("申请", "request"),
    "reason": ("原因", "reason"),
    "note": ("说明", "note"),
    "act": ("办理", "act"),
    "from_state": ("自", "from"),
    "to_state": ("至", "to"),
    "before": ("原等级", "grade before"),
    "law": ("法规", "law"),
    "after": ("现结构", "form after"),
    "alerts": ("提醒", "alerts"),
    "approved_by": ("批准人", "approved by"),
    "asked_by": ("申请人", "asked by"),
    "batch_id": ("批次", "batch"),
    "basis_zh": ("依据", "ground"),
    "basis_en": ("依据", "ground"),
    "begins_on": ("起", "from"),
    "bodies_erased": ("已清除内容", "bodies erased"),
    "case_id": ("案例", "case"),
    "columns": ("字段", "columns"),
    "consent_id": ("同意书", "consent"),
    "dataset_id": ("数据集", "data set"),
    "decide_by": ("答复期限", "decide by"),
    "decided_on": ("决定日", "decided on"),
    "disputed": ("争议金额", "disputed"),
    "ends_on": ("止", "until"),
    "event": ("事件", "event"),
    "event_id": ("事件", "event"),
    "exemption_id": ("豁免", "exemption"),
    "expires_on": ("到期", "expires"),
    "explanation": ("说明", "explanation"),
    "explanation_zh": ("说明", "explanation"),
    "explanation_en": ("说明", "explanation"),
    "file": ("文件", "file"),
    "finding_id": ("命中", "finding"),
    "fingerprint": ("指纹", "fingerprint"),
    "form": ("结构", "form"),
    "form_before": ("原结构", "form before"),
    "given_by": ("提交人", "given by"),
    "ground": ("依据", "ground"),
    "indicators": ("指标", "indicators"),
    "institutions": ("机构", "institutions"),
    "law_id": ("规则", "law"),
    "law_ids": ("规则", "laws"),
    "lesson_zh": ("启示", "lesson"),
    "lesson_en": ("启示", "lesson"),
    "level": ("级别", "level"),
    "look_id": ("查看", "look"),
    "looked_at": ("查看时间", "looked at"),
    "made_at": ("备份时间", "made at"),
    "noted_at": ("锚定时间", "noted at"),
    "objection_id": ("异议", "objection"),
    "objections_by": ("异议期限", "objections by"),
    "owner": ("责任人", "owner"),
    "permit_id": ("许可", "permit"),
    "person_id": ("人员", "person"),
    "problems": ("问题", "problems"),
    "published_at": ("发布时间", "published at"),
    "purpose_id": ("用途", "purpose"),
    "purpose_zh": ("用途", "purpose"),
    "purpose_en": ("用途", "purpose"),
    "receipt": ("到账凭证", "receipt"),
    "receiver": ("接收方", "receiver"),
    "recovery_id": ("追回", "recovery"),
    "ref_id": ("数据行", "row"),
    "ref_table": ("数据表", "table"),
    "regions": ("区划", "regions"),
    "registry": ("登记库", "registry"),
    "registry_id": ("登记库编号", "registry's id"),
    "release_id": ("发布", "release"),
    "repair_id": ("修复申请", "repair"),
    "repaired": ("修复分", "repaired"),
    "requests_forgotten": ("已清除请求编号", "request keys forgotten"),
    "responsibility": ("责任", "responsibility"),
    "revoked_at": ("收回时间", "revoked at"),
    "rows": ("数据行", "rows"),
    "scored_on": ("评价日", "scored on"),
    "second_approval": ("第二批准人", "second approval"),
    "served_on": ("送达日", "served on"),
    "signed_by": ("签名人", "signed by"),
    "site": ("发生机构", "site"),
    "situation": ("情形", "situation"),
    "smallest_cell": ("最小分组", "smallest group"),
    "status_from": ("自", "from"),
    "statutory": ("法定职责", "a duty by law"),
    "values": ("指标值", "values"),
    "way": ("方式", "way"),
    "withdrawn_at": ("撤回时间", "withdrawn at"),
    "words": ("内容", "words"),
    "year": ("年度", "year"),
    "closed": ("办结", "closed"),
    "may_register": ("可再登记", "may register"),
    "repeated": ("复评", "scored again"),
}
