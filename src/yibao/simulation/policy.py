"""The policy of the synthetic province: who pays what on a bill, in named, dated, published pieces.

The three cities share one policy. The same policy stands as two folders of ``yibao.benefits`` (YUNHAI-310 and -390),
written separately: a test settles the ledger by them again without a difference of a fen. Sources:

*Employees, inpatient*: Beijing, basic insurance for employees (bands 0-30 000, 30 000-40 000, 40 000-100 000 yuan of
one admission, the axis includes the deductible; rates by level and status; 100 000 yuan of in-range expense a year,
deductibles included, then the large-amount supplement of 85 % / 90 % up to 500 000 yuan). The deductible of the third
level is Beijing's 1 300 yuan, halved from the second admission of a year on; those of the second and first level are
graded down to 300 and 200 yuan.

*Residents, inpatient*: Bengbu (Bengshan), basic insurance for residents: first level and below 200 yuan and 85 %,
second level 500 yuan and 80 %, third level of the province 1 200 yuan and 65 %, the same at each admission; no floor
payment. The fund pays at most 150 000 yuan a year (Hubei pattern).

*Residents, critical illness*: Hubei pattern: absolute bands of the in-range burden of a year, to 30 000 yuan (60 %), to
100 000 (65 %), above (75 %), at most 300 000 yuan; half the threshold, 5 points more and no limit for the destitute,
minimum-income recipients and monitored households. The threshold is the province's own, 11 500 yuan (Hubei: 12 000): so
as many residents are paid, and as much each, as was published for the country.

*Medical assistance*: Suqian, Jiangsu: destitute and orphans 100 %, households near the minimum and others 70 % above
3 000 yuan a year; 10 000 yuan a year for outpatients and 90 000 for stays and chronic care. Minimum-income recipients
and the severely disabled get 70 % from the first yuan (an official worked example of 2024 pays them so).

*Outpatients*: the reform of 2021 (general office of the State Council 2021 no. 14: at least 50 % for employees, better
for retired people); yearly deductible, rates and limits are the province's own. *Out of the region*: catalogue of the
place of care, deductible and rate of the insured place less 10 points on referral or emergency, less 20 points without
filing.

Each fund line is rounded half up to the fen once per bill. Bills settle in the order of their time; a reversal takes
back what its bill was paid and leaves the year's sums from then on. Amounts are fen, rates basis points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EMPLOYEE, RESIDENT = 310, 390

#: Edges of the employees' bands on the axis of one admission's eligible amount.
BAND_EDGES = (0, 3_000_000, 4_000_000, 10_000_000)
#: Employees' inpatient rates: [in service, retired][level 0..3][band].
EMPLOYEE_STAY = np.array(
    [
        [[9_000, 9_500, 9_700], [9_000, 9_500, 9_700], [8_700, 9_200, 9_700], [8_500, 9_000, 9_500]],
        [[9_700, 9_850, 9_910], [9_700, 9_850, 9_910], [9_610, 9_760, 9_910], [9_550, 9_700, 9_850]],
    ]
)
#: Residents' inpatient rates by level 0..3.
RESIDENT_STAY = np.array([8_500, 8_500, 8_000, 6_500])
#: Deductible of a first admission: [employees, residents][level 0..3]; later ones pay this share of it, by scheme.
STAY_DEDUCTIBLE = np.array([[20_000, 20_000, 30_000, 130_000], [20_000, 20_000, 50_000, 120_000]])
LATER_ADMISSION = np.array([5_000, 10_000])
#: What the basic fund pays a resident in a year at most; employees' basic bands end with the last edge.
RESIDENT_CAP = 15_000_000
#: Employees' large-amount supplement: [in service, retired], from the last band edge to this position in one year.
LARGE_RATE = np.array([8_500, 9_000])
LARGE_CAP = 50_000_000
#: Supplement of civil servants: share of the in-range burden of a stay.
CIVIL_RATE = 5_000

#: Outpatients: rates [in service, retired, residents][level 0..3], yearly deductible and limit of fund payment.
VISIT_RATE = np.array([[8_500, 8_500, 8_000, 7_500], [9_000, 9_000, 8_500, 8_000], [5_000, 5_000, 3_000, 2_500]])
VISIT_DEDUCTIBLE = np.array([5_000, 5_000, 0])
VISIT_CAP = np.array([600_000, 800_000, 15_000])
#: Chronic and special diseases (门诊慢特病): no deductible, yearly quota.
CHRONIC_RATE = np.array([[9_000, 9_000, 9_000, 8_500], [9_500, 9_500, 9_500, 9_000], [6_500, 6_500, 5_500, 5_000]])
CHRONIC_QUOTA = np.array([3_000_000, 3_000_000, 400_000])
#: Prescriptions filled at a pharmacy on the pooled fund.
PHARMACY_RATE = np.array([5_000, 5_500, 0])
PHARMACY_CAP = np.array([50_000, 60_000, 0])

#: Points off by kind of care elsewhere: local, long-term residence, referral, emergency, without filing.
ELSEWHERE_OFF = np.array([0, 0, 1_000, 1_000, 2_000])

CRITICAL_FROM, CRITICAL_FROM_POOR = 1_150_000, 575_000
#: Upper edges of the critical-illness bands (the last one is open) and their rates.
CRITICAL_EDGES = (3_000_000, 10_000_000, 10_000_000_000)
CRITICAL_RATE = (6_000, 6_500, 7_500)
CRITICAL_POOR_MORE = 500
CRITICAL_CAP = 30_000_000

#: By category of :data:`yibao.simulation.protection.ASSISTANCE`: yearly deductible, rate; favoured by critical illness.
AID_FROM = np.array([0, 0, 300_000, 0, 300_000, 300_000, 0])
AID_RATE = np.array([10_000, 7_000, 7_000, 10_000, 7_000, 7_000, 7_000])
POOR = np.array([True, True, False, False, True, False, False])
AID_LIMIT_OUTPATIENT, AID_LIMIT_STAY = 1_000_000, 9_000_000


@dataclass(frozen=True)
class Contribution:
    """Contribution and income parameters of the year (fen, basis points).

    Resident funding is the national standard of 2025: 400 yuan of one's own (医保发〔2024〕19号) and a subsidy of 700
    (670 in 2024, 30 more in 2025, as Hebei passes it on in 冀医保发〔2025〕6号 of 25 September 2025). Employers pay 8 %
    and employees 2 % of the wage, all of the employee's share goes to the personal account, retired people are credited
    a fixed sum.
    """

    average_wage: int = 7_600_000
    wage_floor: float = 0.6
    wage_ceiling: float = 3.0
    employer_rate: int = 800
    own_rate: int = 200
    retired_credit: int = 16_800
    resident_own: int = 40_000
    resident_subsidy: int = 70_000
    unpaid_share: float = 0.02
    income_per_head: int = 3_920_000


CONTRIBUTION = Contribution()
