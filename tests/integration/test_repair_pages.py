"""Repairs as pages: foreseen, approved by another, run, and every count that of the items."""

import csv
import io
import json

import pytest

from ektp.bootstrap import Parts
from tests.histories import History
from tests.parking_room import PATCHED, Person, noted, only_group, planned, run
from tests.parking_town import misspelt
from tests.web_client import WebClient

SOME = 25


@pytest.fixture
def siti(web: WebClient, parts: Parts) -> Person:
    """Give an operator."""
    return Person(web, parts, "siti", "operator", "auditor")


def of_a_group(web: WebClient, siti: Person, count: int = SOME) -> str:
    """Park so many that fail alike, and plan their repair; return its id."""
    web.batch(*(misspelt() for _ in range(count)))
    return planned(siti.post(f"/parked/groups/{only_group(web)}/plan", **PATCHED))


def test_a_repair_goes_from_its_plan_to_its_end(web: WebClient, parts: Parts, siti: Person) -> None:
    """The planner cannot run it, an approver approves, it runs, and the acts are in the audit in their order."""
    repair = of_a_group(web, siti)
    path = f"/repairs/{repair}"
    page = siti.get(path).text
    assert "25</strong> would be taken in</a> (applied, new → recorded)" in page
    assert "An approval is missing." in page
    assert "other than siti" in page
    assert siti.forms(path) == {f"{path}/stop"}
    assert siti.post(f"{path}/run").status == siti.post(f"{path}/approve").status == 403
    budi = Person(web, parts, "budi", "approver")
    assert budi.forms(path) == {f"{path}/approve"}
    assert budi.post(f"{path}/approve").status == 303
    assert budi.post(f"{path}/run").status == 403
    assert siti.forms(path) == {f"{path}/run", f"{path}/stop"}
    assert siti.post(f"{path}/run").status == 303
    assert siti.forms(path) == {f"{path}/pause", f"{path}/stop"}
    assert 'hx-trigger="every 2s"' in siti.get(path).text
    now = siti.get(f"{path}/now?state=running")
    assert (now.status, "hx-refresh" in now.headers, 'id="end-waiting"' in now.text) == (200, False, True)
    run(parts, repair)
    over = siti.get(f"{path}/now?state=running")
    assert over.headers["hx-refresh"] == "true"
    assert "hx-get" not in over.text
    assert siti.forms(path) == set()
    assert f'href="{path}/items?state=fixed">25</a>' in siti.get(path).text
    assert [(actor, what) for actor, what, *_ in noted(parts)] == [
        ("siti", "repair-planned"), ("budi", "repair-approved"), ("siti", "repair-set-going"),
    ]  # fmt: skip


def test_every_end_leads_to_the_items_that_ended_so(web: WebClient, parts: Parts, siti: Person) -> None:
    """Fixed, failed again for another cause, skipped, left waiting by a stop of its own: the counts are the lists."""
    events = [misspelt() for _ in range(20)]
    for one in events[2:5]:
        one["data"]["attempt"] = 0  # the patch does not mend this one
    del events[6]["data"]["channel"]  # nothing to replace
    web.batch(*events)
    repairs = [planned(siti.post(f"/parked/groups/{one['group']}/plan", **PATCHED, threshold="20"))
               for one in web.get("/api/v1/parked/groups").json if one["open"] > 3]  # fmt: skip
    (repair,) = repairs
    path = f"/repairs/{repair}"
    assert siti.post(f"{path}/run").status == 303
    run(parts, repair)
    told = web.get(f"/api/v1{path}").json
    page = siti.get(path).text
    for state, count in told["counts"].items():
        found = list(csv.DictReader(io.StringIO(siti.get(f"{path}/items.csv?state={state}").text)))
        assert len(found) == count
        assert {one["state"] for one in found} <= {state}
        assert (f'href="{path}/items?state={state}">{count}</a>' in page) is (count > 0)
        assert siti.get(f"{path}/items?state={state}").text.count('class="row"') == count
    assert sum(told["counts"].values()) == told["items"]
    for one in told["foreseen"]:
        query = f"becomes={one['becomes']}" + (f"&for_reason={one['reason']}" if one["reason"] else "")
        assert siti.get(f"{path}/items?{query}").text.count('class="row"') == one["items"]


def test_one_that_stops_by_itself_says_why_and_goes_on(web: WebClient, parts: Parts, siti: Person) -> None:
    """What comes in again for the same cause is more than may; a person stops it for good."""
    web.batch(*(misspelt() for _ in range(10)))
    repair = planned(siti.post(f"/parked/groups/{only_group(web)}/plan", because="try it as it is"))
    path = f"/repairs/{repair}"
    assert "10</strong> would fail again for the same cause" in siti.get(path).text
    assert siti.post(f"{path}/run").status == 303
    run(parts, repair)
    page = siti.get(path).text
    assert "Stopped by itself:" in page
    assert "1 of 1 failed again in one round" in page
    assert siti.forms(path) == {f"{path}/run", f"{path}/stop"}
    assert siti.post(f"{path}/stop").status == 303
    assert siti.forms(path) == set()
    assert siti.post(f"{path}/run").status == 409
    assert siti.get(f"{path}/items?state=skipped").text.count("stopped by siti") == 9


def test_before_and_after_are_shown_item_by_item(web: WebClient, siti: Person) -> None:
    """The person is masked; there is no item 0 and none behind the last."""
    repair = of_a_group(web, siti, 3)
    page = siti.get(f"/repairs/{repair}/items/2").text
    assert "/data/channel" in page
    assert "kecamatn" in page
    assert f'href="/repairs/{repair}/items/3" rel="next"' in page
    assert [siti.get(f"/repairs/{repair}/items/{number}").status for number in (0, 4, 2**31, "x")] == [
        404,
        404,
        404,
        422,
    ]


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor", "admin"])
def test_who_may_not_decide_sees_no_form_and_cannot_post_it(
    web: WebClient, parts: Parts, siti: Person, role: str
) -> None:
    """An approver approves and nothing else; everybody sees how it stands."""
    path = f"/repairs/{of_a_group(web, siti)}"
    who = Person(web, parts, "budi", role)
    assert who.forms(path) == ({f"{path}/approve"} if role == "approver" else set())
    for decision in ("run", "pause", "stop"):
        assert who.post(f"{path}/{decision}").status == 403
    if role != "approver":
        assert who.post(f"{path}/approve").status == 403
    assert web.get(f"/api/v1{path}").json["state"] == "proposed"
    assert (who.get("/repairs.csv").status == 200) is (role == "auditor")


def test_whoever_has_both_roles_is_still_one_person(web: WebClient, parts: Parts) -> None:
    """The page says that somebody else approves, and the post is refused."""
    both = Person(web, parts, "budi", "operator", "approver")
    path = f"/repairs/{of_a_group(web, both)}"
    assert both.forms(path) == {f"{path}/stop"}
    assert "You planned it, so somebody else approves it." in both.get(path).text
    assert both.post(f"{path}/approve").status == 403


def test_repairs_are_listed_page_by_page(web: WebClient, parts: Parts, siti: Person) -> None:
    """The newest first; by state and mine; a file; in Indonesian too."""
    web.batch(misspelt())
    group = only_group(web)
    every = [planned(siti.post(f"/parked/groups/{group}/plan", because=f"try {number}")) for number in range(27)]
    assert siti.post(f"/repairs/{every[0]}/stop").status == 303
    links = [f'href="/repairs/{name}"' for name in every]
    page = siti.get("/repairs").text
    assert [link in page for link in links] == [False, False, *[True] * 25]
    following = page.split('" rel="next"')[0].rpartition('"')[2]
    rest = siti.get(following).text
    assert [link in rest for link in links] == [True, True, *[False] * 25]
    assert every[0] in siti.get("/repairs?state=stopped").text
    assert every[0] not in siti.get("/repairs?state=proposed").text
    assert every[26] in siti.get("/repairs?mine=1").text
    budi = Person(web, parts, "budi", "approver")
    assert every[26] not in budi.get("/repairs?mine=1").text
    assert len(list(csv.DictReader(io.StringIO(siti.get("/repairs.csv?state=proposed").text)))) == 26
    assert [siti.get(f"/repairs?{query}").status for query in ("state=moon", "after=x")] == [422, 422]
    assert "direncanakan" in siti.visitor.get("/repairs", accept_language="id").text


def test_a_correction_is_nowhere_in_the_pages_as_it_was_written(web: WebClient, parts: Parts, siti: Person) -> None:
    """A NIK that was typed stands in no page and in no audit."""
    told = {**misspelt()}
    told["data"] = {**told["data"], "channel": "kecamatan", "nik": "123"}
    web.batch(told)
    nik = History().nik
    patch = json.dumps([{"op": "replace", "path": "/data/nik", "value": nik}])
    repair = planned(siti.post(f"/parked/groups/{only_group(web)}/plan", correction="patch", patch=patch, because=nik))
    paths = (f"/repairs/{repair}", f"/repairs/{repair}/items", f"/repairs/{repair}/items/1", "/repairs", "/repairs.csv")
    assert not any(nik in siti.get(path).text for path in paths)
    assert nik not in str(noted(parts))
