"""The newcomer's path: from an alert to a hundred recordings that are in, by three people who have only the pages."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from ektp.alerting import watch_on
from ektp.bootstrap import Parts
from ektp.storage.engine import transaction
from tests.audit_key import AUDIT_KEY_TEXT
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.e2e.sitting import accessible, seated
from tests.parking_room import noted
from tests.parking_town import PATCH, misspelt
from tests.visitor import added
from tests.web_client import WebClient, parts_on, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ITEMS = 100
SETTLES = 60_000  # milliseconds


@pytest.fixture
def parts(pipeline: Pipeline, tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of the web, whose worker and beat are processes of their own."""
    pipeline.start_all("worker", "beat")
    with parts_on(pipeline.database_url, tmp_path / "web", audit_key=SecretStr(AUDIT_KEY_TEXT)) as made:
        yield made


@pytest.fixture
def web(parts: Parts) -> Iterator[WebClient]:
    """Give the web of this pipeline."""
    with served(parts) as client:
        yield client


def from_the_alert(page: Page, web: WebClient) -> None:
    """Go from the alert to what is parked: one click."""
    page.goto(f"{web.address}/alerts")
    page.locator("a[href*='/parked?'][href*='st337410']").first.click()


def plan(operator: Page) -> None:
    """Plan the correction of the group, and read what is foreseen and whose approval is missing."""
    operator.check("#patched")
    operator.fill("#patch", json.dumps(PATCH))
    operator.fill("#rate", "40")
    operator.fill("#because", "the new form of the station spells it wrong")
    operator.get_by_role("button", name="Plan").click()
    foreseen = operator.locator("section", has=operator.locator("#foreseen"))
    expect(foreseen).to_contain_text(f"{ITEMS} would be taken in (applied, new → recorded)")
    expect(operator.locator("#missing")).to_contain_text(
        "100 messages, and one person alone may repair no more than 20"
    )
    expect(operator.get_by_role("button", name="Run")).to_have_count(0)


def test_an_alert_leads_to_a_repair_that_two_people_and_a_worker_make_and_the_audit_tells(
    chromium: Browser, web: WebClient, parts: Parts, pipeline: Pipeline, figures: Figures
) -> None:
    """Two clicks to the group, a plan that foresees, an approval, a ramp of 1, 5, 20 and the rest, and all are in."""
    for name, *roles in (("siti", "operator"), ("budi", "approver"), ("ayu", "auditor")):
        added(parts, name, *roles)
    web.batch(*(misspelt(station="st337410") for _ in range(ITEMS)))
    found = watch_on(parts.engine, parts.keeping, parts.config, None).watch()
    assert ("parked-new-cause", "bad-data/st337410") in found
    (alert,) = [one for one in web.get("/api/v1/alerts").json if one["rule"] == "parked-new-cause"]
    assert (alert["office"], alert["detail"]["open"]) == ("33.74.10", ITEMS)
    complaints: list[str] = []
    with chromium.new_context(locale="en-GB") as at_the_desk, chromium.new_context(locale="id-ID") as next_door:
        operator = seated(at_the_desk, web.address, "siti", [])
        from_the_alert(operator, web)
        operator.locator("main tbody a.row").click()
        expect(operator.locator("#open")).to_have_text(str(ITEMS))
        operator.get_by_role("button", name="Set").click()
        expect(operator.locator("#owner")).to_have_text("siti")
        plan(operator)
        repair = operator.url.rpartition("/")[2]

        approver = seated(next_door, web.address, "budi", complaints)
        approver.goto(f"{web.address}/repairs")
        approver.locator("main tbody a.row").click()
        approver.get_by_role("link", name="Sebelum dan sesudah").click()
        expect(approver.locator("main")).to_contain_text("/data/channel")
        approver.go_back()
        approver.get_by_role("button", name="Setujui").click()
        expect(approver.locator("#approved")).to_contain_text("budi")

        operator.reload()
        operator.get_by_role("button", name="Run").click()
        expect(operator.locator("#standing")).to_contain_text("running")
        expect(operator.locator("#standing")).to_contain_text("done", timeout=SETTLES)
        expect(operator.locator("#end-fixed")).to_have_text(str(ITEMS))
        accessible(operator)
        operator.goto(f"{web.address}/parked")
        expect(operator.locator("#open")).to_have_text("0")
    assert complaints == []
    with transaction(parts.engine) as connection:
        rounds = connection.execute("select round, count(*) from repair_items group by round order by round").fetchall()
    assert rounds == [(0, 1), (1, 5), (2, 20), (3, ITEMS - 26)]
    assert web.get("/api/v1/summary").json["states"]["recorded"] == ITEMS
    assert [(actor, what) for actor, what, *_ in noted(parts)] == [
        ("siti", "group-owned"),
        ("siti", "repair-planned"),
        ("budi", "repair-approved"),
        ("siti", "repair-set-going"),
    ]
    assert pipeline.ask("audit", "verify")["ok"]
    assert {about for _, what, about, _ in noted(parts) if what.startswith("repair")} == {repair}
    assert pipeline.ask("verify")["ok"]
    watch_on(parts.engine, parts.keeping, parts.config, None).watch()
    assert [one for one in web.get("/api/v1/alerts").json if one["rule"] == "parked-new-cause"] == []
    figures(f"the newcomer's path: {ITEMS} repaired in rounds of {', '.join(str(count) for _, count in rounds)}")
