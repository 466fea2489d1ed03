"""`yibao settle --bill` and `yibao law` on policies, through the real command line, in both languages."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yibao.benefits import load_policies
from yibao.cli import words
from yibao.cli.app import app

BILL = """\
policy: EXAMPLE-390
person: {id: p1, class: adult, status: low_income}
bill:
  id: S1
  kind: 21
  level: 3
  settled_at: 2024-05-01
  lines:
    - {name: bed and care, class: A, price: 52000}
    - {name: drug, class: B, price: 4000, first_share: 50%}
    - {name: amenities, class: C, price: 4000}
"""


class Answer:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command line in this process, as `main` does, in a language."""
    from yibao.cli import app as front

    def call(*args: object, lang: str = "en") -> Answer:
        monkeypatch.setenv("YIBAO_LANG", lang)
        words.language.cache_clear()
        monkeypatch.setattr("sys.argv", ["yibao", *map(str, args)])
        code = 0
        try:
            front.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Answer(code, captured.out, captured.err)

    yield call
    words.language.cache_clear()


@pytest.fixture
def bill(tmp_path: Path):
    def write(text: str = BILL, name: str = "bill.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_statement_in_chinese(run, bill) -> None:
    said = run("settle", "--bill", bill(), "--explain", lang="zh").out
    for words_ in (
        "医疗费 60,000.00 元：各项保障支付 50,799.60 元（84.7%），个人负担 9,200.40 元。",
        "减去起付线（本年第 1 次）",
        "53,000.00 × 60%",
        "其中在起付标准 6,000.00 以内",
        "hifmi_pay 10530.00",
        "政策可信度：own（本项目示例，不是任何地区的政策）",
        "已核对的恒等式：I1、I2、I3、I4、I5、I6、I7、I8、I9。",
    ):
        assert words_ in said


def test_the_statement_in_english(run, bill) -> None:
    said = run("settle", "--bill", bill(), "--explain").out
    for words_ in (
        "Of ¥60,000.00, the layers of protection pay ¥50,799.60 (84.7%); your share is ¥9,200.40.",
        "less the deductible (time 1 this year)",
        "16,200.00 × 65%",
        "trust grade of the policy: own",
        "Identities that were checked and hold: I1, I2, I3, I4, I5, I6, I7, I8, I9.",
    ):
        assert words_ in said


def test_json_for_programs_is_the_national_result(run, bill) -> None:
    answer = json.loads(run("settle", "--bill", bill(), "--json").out)
    assert answer["setlinfo"]["medfee_sumamt"] == "60000.00"
    assert answer["setlinfo"]["fund_pay_sumamt"] == "50799.60"
    assert answer["setlinfo"]["pool_prop_selfpay"] == "0.6000"
    paid = [row["fund_payamt"] for row in answer["setldetail"]]
    assert sum(float(p) for p in paid) == pytest.approx(50799.60)
    assert [row["fund_pay_type"] for row in answer["setldetail"]] == ["390100", "390200", "610100", "999997"]
    assert answer["setldetail"][0]["setl_proc_info"] == "53000.00×60%"
    assert [row["crt_payb_lmt_amt"] for row in answer["setldetail"]][:2] == ["150000.00", None]
    bands = [s for s in answer["steps"] if s["step"] == "band"]
    assert {s["layer"]: s["amount"] for s in bands} == {
        "basic": 3_180_000, "critical_illness": 1_053_000, "assistance": 816_900, "charity": 30_060,
    }  # fmt: skip
    assert answer["accumulators"]["inpatient.times"] == 1


def test_accumulators_of_one_bill_feed_the_next(run, bill) -> None:
    """A counter keeps what a bill gave; the next bill then is as if both were in one file."""
    first = json.loads(run("settle", "--bill", bill(), "--json").out)["accumulators"]
    figures = {k: v if k.endswith((".times", ".count")) else v / 100 for k, v in first.items()}
    kept = "\n".join(f"  {k}: {v:.2f}" if isinstance(v, float) else f"  {k}: {v}" for k, v in figures.items())
    plain = "bill: {id: S2, kind: 21, level: 3, settled_at: 2024-06-01, total: 30000, eligible: 30000}\n"
    head = "policy: EXAMPLE-390\nperson: {id: p1, class: adult, status: low_income}\n"
    carried = run("settle", "--bill", bill(f"{head}accumulators:\n{kept}\n{plain}", "next.yaml"), "--json")
    same = "total: 60000, not_covered: 4000, first_share: 2000, eligible: 54000"
    earlier = f"earlier: [{{id: S1, kind: 21, level: 3, settled_at: 2024-05-01, {same}}}]\n"
    together = run("settle", "--bill", bill(f"{head}{earlier}{plain}", "both.yaml"), "--json")
    assert json.loads(carried.out)["result"] == json.loads(together.out)["result"]
    assert json.loads(carried.out)["result"]["deductible_amount"] == 50_000


def test_a_floor_payment_suspends_an_identity_and_says_so(run, bill) -> None:
    text = (
        "policy: BENGBU-390\nperson: {id: p1, class: adult}\n"
        "bill: {kind: 21, level: 3.city, settled_at: 2024-05-01, total: 10000, not_covered: 6000, eligible: 4000}\n"
    )
    said = run("settle", "--bill", bill(text), "--explain").out
    assert "I6 (basic ≤ eligible − deductible) does not apply: this policy has a floor payment" in said
    assert "raised to the floor payment" in said
    answer = json.loads(run("settle", "--bill", bill(text), "--json").out)
    assert answer["identities"]["I6"] is False
    assert answer["policy"]["grade"] == "A"


def test_a_reversal_says_what_goes_back_to_whom(run, bill) -> None:
    head = "policy: EXAMPLE-390\nperson: {id: p1, class: adult}\n"
    one = "kind: 21, level: 3, settled_at: 2024-05-01, total: 60000, not_covered: 4000, eligible: 56000"
    back = one.replace("total: 6", "total: -6").replace("covered: 4", "covered: -4").replace("gible: 5", "gible: -5")
    text = f"{head}earlier: [{{id: S1, {one}}}]\nbill: {{id: R1, reverses: S1, {back}}}\n"
    said = run("settle", "--bill", bill(text), "--explain").out
    assert "This takes back settlement S1: the funds get back ¥39,600.00, you get back ¥20,400.00." in said
    assert "冲正结算 S1：退回基金 39,600.00 元" in run("settle", "--bill", bill(text), "--explain", lang="zh").out
    assert json.loads(run("settle", "--bill", bill(text), "--json").out)["accumulators"] == {}


BAD = [
    ("", "", 2, "give --bill FILE", "请给出 --bill"),
    ("person: {id: p1, class: adult, status: low_income}\n", "", 1, "the bill names no person", "账单没有参保人"),
    ("class: adult", "class: poor", 1, "'poor' is none of", "不在可选值之内"),
    ("policy: EXAMPLE-390", "policy: NOWHERE", 1, "there is no policy 'NOWHERE'", "没有政策 'NOWHERE'"),
    ("policy: EXAMPLE-390", "insured_region: '540000'\nscheme: 390", 1, "no policy of region 540000", "没有有效的政策"),
    ("policy: EXAMPLE-390", "insured_region: '990102'\nscheme: 777", 1, "no policy knows the scheme 777",
     "没有政策涉及险种 777"),
    ("settled_at: 2024-05-01", "settled_at: 2001-05-01", 1, "is not in force on 2001-05-01", "在 2001-05-01 不施行"),
    ("price: 52000", "price: 52000, amount: 500", 1, "line 1 (bed and care): its amount is not",
     "第 1 条明细（bed and care）"),
    ("kind: 21", "kind: 21\n  total: 70000", 1, "the lines add up to 60000, the bill says 70000", "明细合计 60000"),
    ("first_share: 50%", "first_share: 0.5", 1, "write it with a percent sign", "请带百分号"),
    ("id: S1", "id: S1\n  reverses: S0", 1, "a reversal without the settlement", "冲正没有对应的原结算"),
    ("status: low_income", "status: low_income, status_from: 2024-06-01", 1, "begins after the care ended",
     "就医结束后才开始"),
    ("policy: EXAMPLE-390", "policy: EXAMPLE-390\naccumulators: {inpatient.cap_paid: 150001}", 1,
     "already above the limit", "已超过限额"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "english", "chinese"), BAD, ids=[b[3][:32] for b in BAD])
def test_a_bill_that_cannot_be_settled(run, bill, old: str, new: str, code: int, english: str, chinese: str) -> None:
    assert old in BILL
    args = ["settle", "--bill", bill(BILL.replace(old, new, 1))] if old else ["settle"]
    answer = run(*args)
    assert (answer.code, answer.out) == (code, "")
    assert english in answer.err
    assert chinese in run(*args, lang="zh").err


def test_a_bill_under_a_policy_of_the_users_own(run, bill, tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "OURS-390_ours"
    folder.mkdir(parents=True)
    text = load_policies().find("CHAIN-390").text.replace("id: CHAIN-390", "id: OURS-390")
    (folder / "policy.yaml").write_text(text, encoding="utf-8")
    answer = run("settle", "--bill", bill(BILL.replace("EXAMPLE-390", "OURS-390")), "--policy", tmp_path / "policies")
    assert "policy OURS-390@2024.1, trust grade A-" in answer.out


def test_law_lists_shows_proves_and_compares_policies(run, tmp_path: Path) -> None:
    listed = {row["id"]: row for row in json.loads(run("law", "list", "--json").out)}
    assert listed["YUTIAN-390"]["grade"] == "A"
    assert not listed["BEIJING-310"]["verified"]
    assert "第三方网页，未核实" in run("law", "show", "BEIJING-310", lang="zh").out
    folder = load_policies().find("CHAIN-390").folder
    assert json.loads(run("law", "test", folder, "--json").out) | {"failures": []} == {
        "passed": 1, "failed": 0, "failures": [], "problems": [],
    }  # fmt: skip
    own = tmp_path / "CHAIN-390_ours"
    own.mkdir()
    text = load_policies().find("CHAIN-390").text
    text = text.replace("{amount: 300}", "{amount: 400, yearly_total: 800}").replace(
        "rate: 70%}]\nlayers", "rate: 72.5%}]\nlayers"
    )
    (own / "policy.yaml").write_text(text.replace("    cap: 2万\n", ""), encoding="utf-8")
    assert run("law", "diff", "CHAIN-390", own).out.splitlines() == [
        "benefits · inpatient · deductible · amount: 300 yuan → 400 yuan",
        "benefits · inpatient · deductible · most in a year: now says 800 yuan",
        "benefits · inpatient · bands · band 1 · rate: 70% → 72.5%",
        "layers · tilt of assistance · limit: no longer says 20000 yuan",
    ]
    assert "待遇·住院·起付线·数额：300 元 → 400 元" in run("law", "diff", "CHAIN-390", own, lang="zh").out
    assert run("law", "diff", "CHAIN-390", "CHAIN-390").out == "nothing differs\n"
    assert "the cases" not in run("law", "test", own).err
    assert run("law", "test", own).code == 1, "a policy without cases is not proved"


def test_law_compares_rules_and_refuses_to_mix_kinds(run) -> None:
    rules = Path(str(files("yibao.supervision") / "rules"))
    first, second = (next(rules.glob(f"{name}_*")) for name in ("A01", "B01"))
    assert "title · English" in run("law", "diff", first, second).out
    mixed = run("law", "diff", first, "CHAIN-390")
    assert (mixed.code, mixed.out) == (2, "")
    assert "of different kinds" in mixed.err


def test_help_names_the_options() -> None:
    shown = CliRunner().invoke(app, ["settle", "--help"]).output
    assert "--bill" in shown
    assert "--explain" in shown
