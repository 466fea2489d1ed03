"""Four tasks in a browser, from sign-in to result: appeal, check a bill, override a card, redeem a voucher once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from console_browser import Site, check, timed
from sqlalchemy import select

from yibao.registry import clues
from yibao.registry.tables.clues import CLUE
from yibao.registry.tables.points import POINTS_EVENT
from yibao.service.console import own_clues
from yibao.service.state import Service
from yibao.service.tables import CARD
from yibao.service.vouchers import make_voucher

pytestmark = pytest.mark.browser
#: Seconds in which somebody's browser gets through a task; people take longer, machines never so long.
PATIENCE = 60.0


def tab_of(site: Site, user: str, lang: str) -> Any:
    """A browser of somebody who signs in through the forms, without script."""
    context = site.visitor(lang=lang, java_script_enabled=False, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    site.sign_in(tab, user)
    return tab


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hospital_appeals(site: Site, service: Service, scopes: Mapping[str, str], tmp_path: Path, lang: str) -> None:
    record = tmp_path / "record.pdf"
    record.write_bytes(b"%PDF-1.7 a record")
    clue = [r for r in own_clues.waiting(service, scopes["hospital"]) if r["state"] == "S3c"][-1]["clue_id"]

    def task() -> None:
        tab = tab_of(site, "hospital", lang)
        tab.click("nav >> text=" + ("疑点与申诉" if lang == "zh" else "Clues and appeals"))
        tab.click(f'a[href="/hospital/clues/{clue}"]')
        tab.click("#answer button")
        assert tab.locator("#errors").is_visible()  # nothing was chosen: said on top and at the field
        tab.check('input[name="kind"][value="appeal"]')
        tab.fill('textarea[name="words"]', "检查部位不同，见附件")
        tab.set_input_files('input[type="file"]', str(record))
        tab.click("#answer button")
        assert "确认" in tab.inner_text("h1") or "Confirm" in tab.inner_text("h1")
        tab.click("[data-confirm] button")
        assert tab.locator('[role="status"]').is_visible()
        tab.context.close()

    assert timed(task) < PATIENCE
    with service.registry.engine.connect() as connection:
        state = connection.execute(select(CLUE.c.state).where(CLUE.c.clue_id == clue)).scalar_one()
    assert state == "S4"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hospital_checks_a_bill_before_it_is_handed_in(
    site: Site, story: dict[str, Any], tmp_path: Path, lang: str
) -> None:
    item = story["orders"][0]["item_code"]
    bill = {"person_id": story["person_id"], "settled_at": "2025-12-20 10:00:00", "encounter": {"kind": "11"},
            "lines": [{"item_code": item, "quantity": 1, "unit_price": "120.x"}]}  # fmt: skip

    def task() -> None:
        tab = tab_of(site, "hospital", lang)
        tab.click("nav >> text=" + ("事前预审" if lang == "zh" else "Pre-check"))
        tab.fill('textarea[name="content"]', json.dumps(bill))
        tab.click("form.form button")
        assert "unit_price" in tab.inner_text("#errors") and "1" in tab.inner_text("#errors")  # row and field
        bill["lines"][0]["unit_price"] = 120  # type: ignore[index]
        file = tmp_path / "bill.json"
        file.write_text(json.dumps(bill), encoding="utf-8")
        tab.set_input_files('input[type="file"]', str(file))
        tab.click("form.form button")
        assert "120.00" in tab.inner_text("#result")
        tab.context.close()

    assert timed(task) < PATIENCE


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_doctor_overrides_a_card_with_a_reason(
    site: Site, service: Service, keys: Mapping[str, str], story: dict[str, Any], lang: str
) -> None:
    """The thyroid order brings a card; the doctor opens it, says why not, and it counts in the compliance rate."""
    order, doctor = story["orders"][0], f"D-override-{lang}"
    visit = {
        "mdtrt_id": story["encounter_id"], "medins_id": story["institution_id"], "dr_codg": doctor,
        "med_type": "11", "fsi_order_dtos": [{"rx_id": "1", "hilist_code": order["item_code"], "cnt": "1",
                                              "drord_begn_date": story["ordered_at"]}],
    }  # fmt: skip
    body = {"syscode": "HIS", "trig_scen": "5",
            "patient_dtos": [{"patn_id": story["person_id"], "fsi_encounter_dtos": [visit]}]}  # fmt: skip
    asked = httpx.post(f"{site.url}/api/v1/national/3101", json=body, timeout=60,
                       headers={"authorization": f"Bearer {keys['his']}"})  # fmt: skip
    assert asked.status_code == 200 and asked.json()["result"]
    with service.registry.engine.connect() as connection:
        query = select(CARD).where(CARD.c.staff_id == doctor, CARD.c.outcome.is_(None))
        card = connection.execute(query).mappings().first()
    assert card is not None
    words = {
        "zh": ("提醒遵从", "请选择遵从或不遵从", "请选择理由", "已记录理由", "未遵从"),
        "en": ("Reminders", "choose to follow it or not", "choose a reason", "Your reason was kept", "Overridden"),
    }[lang]

    def task() -> None:
        tab = tab_of(site, "hospital", lang)
        tab.click("main a[href='/hospital/reminders']")
        assert tab.inner_text("h1") == words[0]
        tab.select_option("#f-state", "open")
        tab.click(".filters button")
        tab.click(f'a[href="/hospital/reminders/{card["card_id"]}"]')
        tab.click("aside button")
        assert words[1] in tab.inner_text("#errors")
        tab.check('input[name="outcome"][value="overridden"]')
        tab.click("aside button")
        assert words[2] in tab.inner_text("#errors")
        assert tab.is_checked('input[name="outcome"][value="overridden"]')  # what was said is not lost
        tab.select_option('select[name="reason"]', index=1)
        tab.click("aside button")
        assert words[3] in tab.inner_text('[role="status"]')
        tab.goto("/hospital/reminders")
        assert words[4] in tab.inner_text("main") and doctor in tab.inner_text("main")
        tab.context.close()

    assert timed(task) < PATIENCE
    with service.registry.engine.connect() as connection:
        row = connection.execute(select(CARD).where(CARD.c.card_id == card["card_id"])).mappings().one()
    assert row["outcome"] == "overridden" and row["reason"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_pharmacy_redeems_a_voucher_once(site: Site, service: Service, scopes: Mapping[str, str], lang: str) -> None:
    text, _ = make_voucher(service, scopes["insured"], "pharmacy")

    def task() -> None:
        tab = tab_of(site, "pharmacy", lang)
        tab.click("nav >> text=" + ("核验医保码" if lang == "zh" else "Redeem a code"))
        tab.fill('textarea[name="voucher"]', text)
        tab.click("form.form button")
        assert ("已核验" if lang == "zh" else "Redeemed") in tab.inner_text('[role="status"]')
        tab.fill('textarea[name="voucher"]', text)
        tab.click("form.form button")
        assert ("已使用" if lang == "zh" else "used already") in tab.inner_text("#errors")
        tab.context.close()

    assert timed(task) < PATIENCE


@pytest.mark.parametrize(
    ("path", "user", "lang", "theme", "width"),
    [
        ("/hospital/benchmark?peers=city", "hospital", "zh", "light", 1440),
        ("/hospital/benchmark?peers=city", "hospital", "en", "dark", 390),
        ("/hospital", "hospital", "en", "light", 1440), ("/hospital/clues", "hospital", "zh", "dark", 390),
        ("/hospital/precheck", "hospital", "en", "light", 390), ("/hospital/drugs", "hospital", "en", "light", 390),
        ("/hospital/reminders", "hospital", "zh", "light", 390),
        ("/hospital/benchmark/peers", "hospital", "en", "dark", 390),
        ("/hospital/staff", "hospital", "zh", "light", 390), ("/hospital/assessment", "hospital", "en", "dark", 390),
        ("/hospital/definitions", "hospital", "en", "dark", 1440),
        ("/pharmacy", "pharmacy", "en", "light", 390), ("/pharmacy/stock", "pharmacy", "zh", "dark", 1440),
        ("/pharmacy/voucher", "pharmacy", "en", "dark", 390),
    ],
)  # fmt: skip
def test_a_page_passes_what_every_page_has_to(
    site: Site, path: str, user: str, lang: str, theme: str, width: int
) -> None:
    check(site, path, user, lang, theme, width)


@pytest.mark.parametrize(("role", "lang", "theme"), [("hospital", "en", "dark"), ("pharmacy", "zh", "light")])
def test_an_own_clue_passes_what_every_page_has_to(
    site: Site, service: Service, scopes: Mapping[str, str], role: str, lang: str, theme: str
) -> None:
    with service.registry.reading("clue.read", role) as unit:
        own = [row for row in clues.clues(unit) if row["institution_id"] == scopes[role] and row["state"] == "S3c"]
    check(site, f"/{role}/clues/{own[0]['clue_id']}", role, lang, theme)


def test_an_own_member_of_staff_passes_what_every_page_has_to(
    site: Site, service: Service, scopes: Mapping[str, str]
) -> None:
    query = select(POINTS_EVENT.c.staff_id).where(POINTS_EVENT.c.site == scopes["hospital"])
    with service.registry.engine.connect() as connection:
        staff = connection.execute(query.order_by(POINTS_EVENT.c.event_id)).scalars().first()
    check(site, f"/hospital/staff/{staff}", "hospital", "en", "light", 390)
