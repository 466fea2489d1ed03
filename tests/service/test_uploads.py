"""Uploads: taken back before they are stored, all or nothing; why rows were set aside, on the page and in the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from callers import HTML, Client, settled_within

from yibao.service import uploads
from yibao.service.problems import Problem
from yibao.service.retention import verify_all
from yibao.service.state import Service

Send = Callable[..., str]


@pytest.fixture
def send(call: Client, keys: Mapping[str, str], scopes: Mapping[str, str]) -> Send:
    """Hand rows of staff in; the address of the upload."""

    def sent(name: str, *rows: str) -> str:
        text = "institution_id,dr_code,dr_name\n" + "".join(f"{scopes['his']},{row}\n" for row in rows)
        answer = call("POST", "/api/v1/uploads", keys["his"], data={"institution_id": scopes["his"]},
                      files={"file": (name, text.encode())})  # fmt: skip
        assert answer.status_code == 202, answer.text
        return f"/api/v1/uploads/{answer.json()['upload_id']}"

    return sent


def ended(call: Client, at: str, key: str) -> dict[str, Any]:
    """How it ended."""

    def done() -> Any:
        said = call("GET", at, key).json()
        return said if said["state"] in ("taken", "failed", "cancelled") else None

    said: dict[str, Any] = settled_within(30, done)
    return said


def staff(service: Service, code: str) -> int:
    """Rows of the ledger with this code."""
    service.ledger.refresh()
    return service.ledger.rows("staff", "staff_id", [code]).num_rows


def idle(service: Service) -> None:
    """Wait for the thread that reads files."""
    service.work.submit(lambda: None).result(30)


def test_an_upload_is_taken_back_before_it_is_stored_and_leaves_no_row(
    call: Client, keys: Mapping[str, str], service: Service, send: Send
) -> None:
    idle(service)
    before = service.ledger.batches()
    with service.writing:  # so long nothing is read
        at = send("staff_701.csv", "D-cancel,某医师")
        settled_within(10, lambda: call("GET", at, keys["his"]).json()["state"] == "reading")
        empty = call("POST", f"{at}/cancellation", keys["his"], json={"reason": " "})
        assert empty.status_code == 422 and empty.json()["errors"][0]["field"] == "reason"
        said = call("POST", f"{at}/cancellation", keys["his"], json={"reason": "选错了月份"})
        assert said.status_code == 200 and (said.json()["state"], said.json()["said"]) == ("cancelled", "选错了月份")
        again = call("POST", f"{at}/cancellation", keys["his"], json={"reason": "选错了月份"})
        assert again.status_code == 409 and again.json()["type"].endswith("already_cancelled")
    idle(service)
    assert ended(call, at, keys["his"])["state"] == "cancelled"
    assert staff(service, "D-cancel") == 0 and service.ledger.batches() == before
    assert not (service.settings.home / "uploads" / at.rpartition("/")[2]).exists()
    page = call("GET", f"/jobs/{at.rpartition('/')[2]}", keys["his"], headers=HTML)
    assert page.status_code == 200 and "选错了月份" in page.text and "http-equiv" not in page.text


@pytest.mark.parametrize("held", [True, False], ids=["before the gate", "behind the gate"])
def test_the_gate_lets_either_the_cancellation_or_the_batch_through(
    call: Client, keys: Mapping[str, str], service: Service, send: Send, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """Somebody cancels in the last moment: right before the batch is published, or right after that was decided."""
    reading, refused = uploads.ingest, []

    def ingest(folder: Any, *rest: Any, gate: Callable[[], None], **more: Any) -> Any:
        def last() -> None:
            if held:
                uploads.cancel(service, folder.name, "his", "晚了一步")
            gate()
            with pytest.raises(Problem) as told:
                uploads.cancel(service, folder.name, "his", "晚了一步")
            refused.append(told.value.name)

        return reading(folder, *rest, gate=last, **more)

    monkeypatch.setattr(uploads, "ingest", ingest)
    code = f"D-gate-{held}"
    at = send(f"staff_70{2 + held}.csv", f"{code},某医师")
    said = ended(call, at, keys["his"])
    idle(service)
    assert (said["state"], staff(service, code)) == (("cancelled", 0) if held else ("taken", 1))
    assert refused == ([] if held else ["being_stored"])
    late = call("POST", f"{at}/cancellation", keys["his"], json={"reason": "太晚"})
    assert late.status_code == 409 and late.json()["type"].endswith("already_" + said["state"])
    assert verify_all(service.registry).problems == []


def test_what_was_cancelled_when_the_service_stopped_is_removed_and_the_rest_read(
    call: Client, keys: Mapping[str, str], service: Service, send: Send
) -> None:
    idle(service)
    with service.writing:
        gone = send("staff_704.csv", "D-gone,某医师").rpartition("/")[2]
        uploads.cancel(service, gone, "his", "不要了")
        folder = service.settings.home / "uploads" / gone
        uploads.resume(service)
    idle(service)
    assert not folder.exists() and staff(service, "D-gone") == 0


def test_the_page_gives_each_reason_with_its_count_and_an_example(
    call: Client, keys: Mapping[str, str], service: Service, send: Send
) -> None:
    at = send("staff_705.csv", "D-why-1,甲医师", ",乙医师", "D-why-2,丁医师", ",丙医师", "D-why-2,戊医师")
    said = ended(call, at, keys["his"])
    file = list(csv.DictReader(io.StringIO(call("GET", f"{at}/quarantine.csv", keys["his"]).text.lstrip("\ufeff"))))
    page = f"/jobs/{said['upload_id']}"
    rows = call("GET", f"{page}?lang=zh&download=json&part=reasons", keys["his"], headers=HTML).json()["rows"]
    assert said["quarantined"] == len({row["row"] for row in file}) > 0
    assert sum(row["rows"] for row in rows) == len(file)
    for row in rows:
        found = next(one for one in file if (int(one["row"]), one["expected_zh"]) == (row["row"], row["expected"]))
        assert found["value"] == (row["value"] or "")
    assert ("缺必填项", 2, 3) in {(row["reason"], row["rows"], row["row"]) for row in rows}
    assert "与已入库的记录冲突" in {row["reason"] for row in rows}
    for lang, title in (("zh", "隔离的原因"), ("en", "Why rows were set aside")):
        text = call("GET", f"{page}?lang={lang}", keys["his"], headers=HTML).text
        assert title in text and "quarantine.csv" in text and f'action="{page}"' not in text
        assert "None" not in re.sub(r"<[^>]*>", "", text)


def test_uploads_are_listed_within_scope_and_cancelled_on_the_page_with_a_reason(
    call: Client, keys: Mapping[str, str], given: Mapping[str, Any], scopes: Mapping[str, str], service: Service,
    send: Send,
) -> None:  # fmt: skip
    idle(service)
    with service.writing:
        upload_id = send("staff_706.csv", "D-page,某医师").rpartition("/")[2]
        page = f"/jobs/{upload_id}"
        settled_within(10, lambda: call("GET", page, keys["his"], headers=HTML).status_code == 202)
        assert f'action="{page}"' in call("GET", page, keys["his"], headers=HTML).text
        assert upload_id not in call("GET", "/jobs", keys["pos"], headers=HTML).text
        assert upload_id in call("GET", "/jobs?state=", keys["his"], headers=HTML).text
        asked = call("POST", page, keys["his"], headers=HTML)
        assert asked.status_code == 200 and "data-confirm" in asked.text
        bare = call("POST", page, keys["his"], headers=HTML, data={"final": "1"})
        assert bare.status_code == 422
        done = call("POST", page, keys["his"], headers=HTML, data={"final": "1", "why": "重复了"})
        assert (done.status_code, done.headers["location"]) == (303, f"{page}?done=cancel")
        twice = call("POST", page, keys["his"], headers=HTML, data={"final": "1", "why": "重复了"})
        assert twice.status_code == 409 and "已经取消过了" in twice.text
    idle(service)
    assert staff(service, "D-page") == 0
