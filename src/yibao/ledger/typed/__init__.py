"""Row types and Arrow schemas of every contract table.

Generated from ``ledger/tables/*.yaml`` by ``python -m yibao.ledger.generate``.
"""

from __future__ import annotations

import pyarrow as pa

from yibao.ledger.typed import account as _account
from yibao.ledger.typed import assistance_status as _assistance_status
from yibao.ledger.typed import batch_profile as _batch_profile
from yibao.ledger.typed import bed_device as _bed_device
from yibao.ledger.typed import benefit_accumulator as _benefit_accumulator
from yibao.ledger.typed import case_group as _case_group
from yibao.ledger.typed import casemix_index as _casemix_index
from yibao.ledger.typed import catalogue_item as _catalogue_item
from yibao.ledger.typed import charge_line as _charge_line
from yibao.ledger.typed import charge_reversal as _charge_reversal
from yibao.ledger.typed import chronic_certificate as _chronic_certificate
from yibao.ledger.typed import clearing_balance as _clearing_balance
from yibao.ledger.typed import clearing_line as _clearing_line
from yibao.ledger.typed import clinical_note as _clinical_note
from yibao.ledger.typed import clue as _clue
from yibao.ledger.typed import clue_decision as _clue_decision
from yibao.ledger.typed import code_diagnosis as _code_diagnosis
from yibao.ledger.typed import code_in_force as _code_in_force
from yibao.ledger.typed import code_map as _code_map
from yibao.ledger.typed import code_procedure as _code_procedure
from yibao.ledger.typed import code_use as _code_use
from yibao.ledger.typed import compensation as _compensation
from yibao.ledger.typed import continuity_move as _continuity_move
from yibao.ledger.typed import contribution as _contribution
from yibao.ledger.typed import cross_region_bill as _cross_region_bill
from yibao.ledger.typed import cross_region_match as _cross_region_match
from yibao.ledger.typed import death_source as _death_source
from yibao.ledger.typed import diagnosis as _diagnosis
from yibao.ledger.typed import drug_trace as _drug_trace
from yibao.ledger.typed import employer as _employer
from yibao.ledger.typed import encounter as _encounter
from yibao.ledger.typed import encounter_bill as _encounter_bill
from yibao.ledger.typed import encounter_region as _encounter_region
from yibao.ledger.typed import enrolment as _enrolment
from yibao.ledger.typed import enrolment_issue as _enrolment_issue
from yibao.ledger.typed import exam_class as _exam_class
from yibao.ledger.typed import exam_report as _exam_report
from yibao.ledger.typed import execution as _execution
from yibao.ledger.typed import exemption as _exemption
from yibao.ledger.typed import family_link as _family_link
from yibao.ledger.typed import finding as _finding
from yibao.ledger.typed import finding_ref as _finding_ref
from yibao.ledger.typed import fund_month as _fund_month
from yibao.ledger.typed import group_move as _group_move
from yibao.ledger.typed import household as _household
from yibao.ledger.typed import implant as _implant
from yibao.ledger.typed import indicator_value as _indicator_value
from yibao.ledger.typed import institution as _institution
from yibao.ledger.typed import institution_group as _institution_group
from yibao.ledger.typed import institution_place as _institution_place
from yibao.ledger.typed import invoice as _invoice
from yibao.ledger.typed import knowledge_point as _knowledge_point
from yibao.ledger.typed import lab_result as _lab_result
from yibao.ledger.typed import leave_checkin as _leave_checkin
from yibao.ledger.typed import list_detail as _list_detail
from yibao.ledger.typed import medical_order as _medical_order
from yibao.ledger.typed import money_attribution as _money_attribution
from yibao.ledger.typed import payment_line as _payment_line
from yibao.ledger.typed import person as _person
from yibao.ledger.typed import person_absence as _person_absence
from yibao.ledger.typed import prescription as _prescription
from yibao.ledger.typed import price_cap as _price_cap
from yibao.ledger.typed import procedure as _procedure
from yibao.ledger.typed import quality_issue as _quality_issue
from yibao.ledger.typed import quality_month as _quality_month
from yibao.ledger.typed import referral_filing as _referral_filing
from yibao.ledger.typed import reform_catastrophic as _reform_catastrophic
from yibao.ledger.typed import reform_group as _reform_group
from yibao.ledger.typed import reform_layer as _reform_layer
from yibao.ledger.typed import reform_person as _reform_person
from yibao.ledger.typed import reform_pooling as _reform_pooling
from yibao.ledger.typed import region as _region
from yibao.ledger.typed import region_path as _region_path
from yibao.ledger.typed import region_year as _region_year
from yibao.ledger.typed import reminder_answer as _reminder_answer
from yibao.ledger.typed import risk_evidence as _risk_evidence
from yibao.ledger.typed import risk_score as _risk_score
from yibao.ledger.typed import settlement as _settlement
from yibao.ledger.typed import settlement_aside as _settlement_aside
from yibao.ledger.typed import settlement_difference as _settlement_difference
from yibao.ledger.typed import settlement_layer as _settlement_layer
from yibao.ledger.typed import settlement_result as _settlement_result
from yibao.ledger.typed import settlement_step as _settlement_step
from yibao.ledger.typed import staff as _staff
from yibao.ledger.typed import staff_status as _staff_status
from yibao.ledger.typed import stock_move as _stock_move
from yibao.ledger.typed import survey_household as _survey_household
from yibao.ledger.typed import terminal_event as _terminal_event
from yibao.ledger.typed import work_attendance as _work_attendance
from yibao.ledger.typed.account import Account
from yibao.ledger.typed.assistance_status import AssistanceStatus
from yibao.ledger.typed.batch_profile import BatchProfile
from yibao.ledger.typed.bed_device import BedDevice
from yibao.ledger.typed.benefit_accumulator import BenefitAccumulator
from yibao.ledger.typed.case_group import CaseGroup
from yibao.ledger.typed.casemix_index import CasemixIndex
from yibao.ledger.typed.catalogue_item import CatalogueItem
from yibao.ledger.typed.charge_line import ChargeLine
from yibao.ledger.typed.charge_reversal import ChargeReversal
from yibao.ledger.typed.chronic_certificate import ChronicCertificate
from yibao.ledger.typed.clearing_balance import ClearingBalance
from yibao.ledger.typed.clearing_line import ClearingLine
from yibao.ledger.typed.clinical_note import ClinicalNote
from yibao.ledger.typed.clue import Clue
from yibao.ledger.typed.clue_decision import ClueDecision
from yibao.ledger.typed.code_diagnosis import CodeDiagnosis
from yibao.ledger.typed.code_in_force import CodeInForce
from yibao.ledger.typed.code_map import CodeMap
from yibao.ledger.typed.code_procedure import CodeProcedure
from yibao.ledger.typed.code_use import CodeUse
from yibao.ledger.typed.compensation import Compensation
from yibao.ledger.typed.continuity_move import ContinuityMove
from yibao.ledger.typed.contribution import Contribution
from yibao.ledger.typed.cross_region_bill import CrossRegionBill
from yibao.ledger.typed.cross_region_match import CrossRegionMatch
from yibao.ledger.typed.death_source import DeathSource
from yibao.ledger.typed.diagnosis import Diagnosis
from yibao.ledger.typed.drug_trace import DrugTrace
from yibao.ledger.typed.employer import Employer
from yibao.ledger.typed.encounter import Encounter
from yibao.ledger.typed.encounter_bill import EncounterBill
from yibao.ledger.typed.encounter_region import EncounterRegion
from yibao.ledger.typed.enrolment import Enrolment
from yibao.ledger.typed.enrolment_issue import EnrolmentIssue
from yibao.ledger.typed.exam_class import ExamClass
from yibao.ledger.typed.exam_report import ExamReport
from yibao.ledger.typed.execution import Execution
from yibao.ledger.typed.exemption import Exemption
from yibao.ledger.typed.family_link import FamilyLink
from yibao.ledger.typed.finding import Finding
from yibao.ledger.typed.finding_ref import FindingRef
from yibao.ledger.typed.fund_month import FundMonth
from yibao.ledger.typed.group_move import GroupMove
from yibao.ledger.typed.household import Household
from yibao.ledger.typed.implant import Implant
from yibao.ledger.typed.indicator_value import IndicatorValue
from yibao.ledger.typed.institution import Institution
from yibao.ledger.typed.institution_group import InstitutionGroup
from yibao.ledger.typed.institution_place import InstitutionPlace
from yibao.ledger.typed.invoice import Invoice
from yibao.ledger.typed.knowledge_point import KnowledgePoint
from yibao.ledger.typed.lab_result import LabResult
from yibao.ledger.typed.leave_checkin import LeaveCheckin
from yibao.ledger.typed.list_detail import ListDetail
from yibao.ledger.typed.medical_order import MedicalOrder
from yibao.ledger.typed.money_attribution import MoneyAttribution
from yibao.ledger.typed.payment_line import PaymentLine
from yibao.ledger.typed.person import Person
from yibao.ledger.typed.person_absence import PersonAbsence
from yibao.ledger.typed.prescription import Prescription
from yibao.ledger.typed.price_cap import PriceCap
from yibao.ledger.typed.procedure import Procedure
from yibao.ledger.typed.quality_issue import QualityIssue
from yibao.ledger.typed.quality_month import QualityMonth
from yibao.ledger.typed.referral_filing import ReferralFiling
from yibao.ledger.typed.reform_catastrophic import ReformCatastrophic
from yibao.ledger.typed.reform_group import ReformGroup
from yibao.ledger.typed.reform_layer import ReformLayer
from yibao.ledger.typed.reform_person import ReformPerson
from yibao.ledger.typed.reform_pooling import ReformPooling
from yibao.ledger.typed.region import Region
from yibao.ledger.typed.region_path import RegionPath
from yibao.ledger.typed.region_year import RegionYear
from yibao.ledger.typed.reminder_answer import ReminderAnswer
from yibao.ledger.typed.risk_evidence import RiskEvidence
from yibao.ledger.typed.risk_score import RiskScore
from yibao.ledger.typed.settlement import Settlement
from yibao.ledger.typed.settlement_aside import SettlementAside
from yibao.ledger.typed.settlement_difference import SettlementDifference
from yibao.ledger.typed.settlement_layer import SettlementLayer
from yibao.ledger.typed.settlement_result import SettlementResult
from yibao.ledger.typed.settlement_step import SettlementStep
from yibao.ledger.typed.staff import Staff
from yibao.ledger.typed.staff_status import StaffStatus
from yibao.ledger.typed.stock_move import StockMove
from yibao.ledger.typed.survey_household import SurveyHousehold
from yibao.ledger.typed.terminal_event import TerminalEvent
from yibao.ledger.typed.work_attendance import WorkAttendance

#: Arrow schema by table name.
SCHEMAS: dict[str, pa.Schema] = {
    "account": _account.SCHEMA,
    "assistance_status": _assistance_status.SCHEMA,
    "batch_profile": _batch_profile.SCHEMA,
    "bed_device": _bed_device.SCHEMA,
    "benefit_accumulator": _benefit_accumulator.SCHEMA,
    "case_group": _case_group.SCHEMA,
    "casemix_index": _casemix_index.SCHEMA,
    "catalogue_item": _catalogue_item.SCHEMA,
    "charge_line": _charge_line.SCHEMA,
    "charge_reversal": _charge_reversal.SCHEMA,
    "chronic_certificate": _chronic_certificate.SCHEMA,
    "clearing_balance": _clearing_balance.SCHEMA,
    "clearing_line": _clearing_line.SCHEMA,
    "clinical_note": _clinical_note.SCHEMA,
    "clue": _clue.SCHEMA,
    "clue_decision": _clue_decision.SCHEMA,
    "code_diagnosis": _code_diagnosis.SCHEMA,
    "code_in_force": _code_in_force.SCHEMA,
    "code_map": _code_map.SCHEMA,
    "code_procedure": _code_procedure.SCHEMA,
    "code_use": _code_use.SCHEMA,
    "compensation": _compensation.SCHEMA,
    "continuity_move": _continuity_move.SCHEMA,
    "contribution": _contribution.SCHEMA,
    "cross_region_bill": _cross_region_bill.SCHEMA,
    "cross_region_match": _cross_region_match.SCHEMA,
    "death_source": _death_source.SCHEMA,
    "diagnosis": _diagnosis.SCHEMA,
    "drug_trace": _drug_trace.SCHEMA,
    "employer": _employer.SCHEMA,
    "encounter": _encounter.SCHEMA,
    "encounter_bill": _encounter_bill.SCHEMA,
    "encounter_region": _encounter_region.SCHEMA,
    "enrolment": _enrolment.SCHEMA,
    "enrolment_issue": _enrolment_issue.SCHEMA,
    "exam_class": _exam_class.SCHEMA,
    "exam_report": _exam_report.SCHEMA,
    "execution": _execution.SCHEMA,
    "exemption": _exemption.SCHEMA,
    "family_link": _family_link.SCHEMA,
    "finding": _finding.SCHEMA,
    "finding_ref": _finding_ref.SCHEMA,
    "fund_month": _fund_month.SCHEMA,
    "group_move": _group_move.SCHEMA,
    "household": _household.SCHEMA,
    "implant": _implant.SCHEMA,
    "indicator_value": _indicator_value.SCHEMA,
    "institution": _institution.SCHEMA,
    "institution_group": _institution_group.SCHEMA,
    "institution_place": _institution_place.SCHEMA,
    "invoice": _invoice.SCHEMA,
    "knowledge_point": _knowledge_point.SCHEMA,
    "lab_result": _lab_result.SCHEMA,
    "leave_checkin": _leave_checkin.SCHEMA,
    "list_detail": _list_detail.SCHEMA,
    "medical_order": _medical_order.SCHEMA,
    "money_attribution": _money_attribution.SCHEMA,
    "payment_line": _payment_line.SCHEMA,
    "person": _person.SCHEMA,
    "person_absence": _person_absence.SCHEMA,
    "prescription": _prescription.SCHEMA,
    "price_cap": _price_cap.SCHEMA,
    "procedure": _procedure.SCHEMA,
    "quality_issue": _quality_issue.SCHEMA,
    "quality_month": _quality_month.SCHEMA,
    "referral_filing": _referral_filing.SCHEMA,
    "reform_catastrophic": _reform_catastrophic.SCHEMA,
    "reform_group": _reform_group.SCHEMA,
    "reform_layer": _reform_layer.SCHEMA,
    "reform_person": _reform_person.SCHEMA,
    "reform_pooling": _reform_pooling.SCHEMA,
    "region": _region.SCHEMA,
    "region_path": _region_path.SCHEMA,
    "region_year": _region_year.SCHEMA,
    "reminder_answer": _reminder_answer.SCHEMA,
    "risk_evidence": _risk_evidence.SCHEMA,
    "risk_score": _risk_score.SCHEMA,
    "settlement": _settlement.SCHEMA,
    "settlement_aside": _settlement_aside.SCHEMA,
    "settlement_difference": _settlement_difference.SCHEMA,
    "settlement_layer": _settlement_layer.SCHEMA,
    "settlement_result": _settlement_result.SCHEMA,
    "settlement_step": _settlement_step.SCHEMA,
    "staff": _staff.SCHEMA,
    "staff_status": _staff_status.SCHEMA,
    "stock_move": _stock_move.SCHEMA,
    "survey_household": _survey_household.SCHEMA,
    "terminal_event": _terminal_event.SCHEMA,
    "work_attendance": _work_attendance.SCHEMA,
}

__all__ = [
    "Account",
    "AssistanceStatus",
    "BatchProfile",
    "BedDevice",
    "BenefitAccumulator",
    "CaseGroup",
    "CasemixIndex",
    "CatalogueItem",
    "ChargeLine",
    "ChargeReversal",
    "ChronicCertificate",
    "ClearingBalance",
    "ClearingLine",
    "ClinicalNote",
    "Clue",
    "ClueDecision",
    "CodeDiagnosis",
    "CodeInForce",
    "CodeMap",
    "CodeProcedure",
    "CodeUse",
    "Compensation",
    "ContinuityMove",
    "Contribution",
    "CrossRegionBill",
    "CrossRegionMatch",
    "DeathSource",
    "Diagnosis",
    "DrugTrace",
    "Employer",
    "Encounter",
    "EncounterBill",
    "EncounterRegion",
    "Enrolment",
    "EnrolmentIssue",
    "ExamClass",
    "ExamReport",
    "Execution",
    "Exemption",
    "FamilyLink",
    "Finding",
    "FindingRef",
    "FundMonth",
    "GroupMove",
    "Household",
    "Implant",
    "IndicatorValue",
    "Institution",
    "InstitutionGroup",
    "InstitutionPlace",
    "Invoice",
    "KnowledgePoint",
    "LabResult",
    "LeaveCheckin",
    "ListDetail",
    "MedicalOrder",
    "MoneyAttribution",
    "PaymentLine",
    "Person",
    "PersonAbsence",
    "Prescription",
    "PriceCap",
    "Procedure",
    "QualityIssue",
    "QualityMonth",
    "ReferralFiling",
    "ReformCatastrophic",
    "ReformGroup",
    "ReformLayer",
    "ReformPerson",
    "ReformPooling",
    "Region",
    "RegionPath",
    "RegionYear",
    "ReminderAnswer",
    "RiskEvidence",
    "RiskScore",
    "SCHEMAS",
    "Settlement",
    "SettlementAside",
    "SettlementDifference",
    "SettlementLayer",
    "SettlementResult",
    "SettlementStep",
    "Staff",
    "StaffStatus",
    "StockMove",
    "SurveyHousehold",
    "TerminalEvent",
    "WorkAttendance",
]
