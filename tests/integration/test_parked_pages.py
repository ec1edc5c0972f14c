"""The parking lot as pages: groups, items, who may see and do what, and everything that is done in the audit."""

import csv
import io
import json

import pytest

from ektp.bootstrap import Parts
from ektp.reading.parking import parked_items
from ektp.reading.snapshot import snapshot
from ektp.storage.releases import note_release
from tests.histories import History
from tests.parking_room import PATCHED, Person, noted, only_group, planned, run
from tests.parking_town import PATCH, misspelt
from tests.web_client import WebClient

NOBODYS = "0195e0a4-7c1b-7b52-9d3c-2f1f6f0e8a11"
ROLES = ("viewer", "operator", "approver", "auditor", "admin")


def first_parked(parts: Parts) -> str:
    """Return the oldest open item."""
    with snapshot(parts.engine) as connection:
        (item,) = parked_items(connection, most=1)
    return str(item["parked"])


def rows(text: str) -> list[dict[str, str]]:
    """Read a CSV file."""
    return list(csv.DictReader(io.StringIO(text)))


def test_groups_say_what_they_mean_and_lead_to_their_items(web: WebClient, parts: Parts) -> None:
    """By cause with meaning, new ones, owner; by one thing alone each leads on; filters; a file; in two languages."""
    web.batch(misspelt(station="st337401"))
    note_release(parts.engine, "1.0.0")
    web.batch(*(misspelt(station="st337402") for _ in range(3)), {**misspelt(), "data": {}})
    siti = Person(web, parts, "siti", "operator")
    page = siti.get("/parked").text
    assert "A field of the data is missing or breaks its rule." in page
    assert page.count("new cause") == 2
    assert 'id="open">5<' in page
    assert "Ada isian data yang kosong" in siti.visitor.get("/parked", accept_language="id").text
    assert [one["open"] for one in rows(siti.get("/parked.csv?office=33.74").text)] == ["3", "1"]
    for query, count in (("reason=bad-data", 5), ("office=33.74", 4), ("office=33.74.10", 4), ("office=33.75", 0),
                         ("muted=yes", 0), ("mine=1", 0), ("station=nobody", 0)):  # fmt: skip
        assert f'id="open">{count}<' in siti.get(f"/parked?{query}").text, query
    for by in ("reason", "station", "office", "type", "version"):
        assert siti.get(f"/parked?by={by}").status == 200
    assert 'href="/parked?office=33.74.10"' in siti.get("/parked?by=office").text
    assert 'href="/parked/items?type=-"' in siti.get("/parked?by=type").text
    assert [siti.get(f"/parked?{query}").status for query in ("by=moon", "reason=%00", f"office={'1' * 200}")] == [
        422
    ] * 3
    assert len(rows(siti.get("/parked/items.csv?type=-").text)) == 5


def test_every_count_is_that_of_its_list(web: WebClient, parts: Parts) -> None:
    """Open, new since the release, closed; page by page, each item once."""
    web.batch(misspelt())
    note_release(parts.engine, "1.0.0")
    web.batch(*(misspelt() for _ in range(60)))
    group = only_group(web)
    siti = Person(web, parts, "siti", "operator", "auditor")
    assert siti.post(f"/parked/items/{first_parked(parts)}/discard", because="noise").status == 303
    assert f'<a href="/parked/items?group={group}">60</a>' in siti.get(f"/parked/groups/{group}").text
    for query, count in (("", 60), ("&new=1", 60), ("&state=discarded", 1), ("&state=repaired", 0)):
        assert len(rows(siti.get(f"/parked/items.csv?group={group}{query}").text)) == count
    for path in (f"/parked/groups/{group}", f"/parked/items?group={group}"):
        seen, page = list[str](), siti.get(path).text
        while True:
            seen += [line.partition('"')[0] for line in page.split('class="row" href="/parked/items/')[1:]]
            if 'rel="next"' not in page:
                break
            page = siti.get(page.split('" rel="next"')[0].rpartition('"')[2].replace("&amp;", "&")).text
        assert len(seen) == len(set(seen)) == 60


def test_people_say_whose_a_group_is_and_what_is_known_and_the_audit_has_it(web: WebClient, parts: Parts) -> None:
    """Owner, mute, note; a NIK in a note is masked; what is empty or too long is refused."""
    web.batch(misspelt())
    path = f"/parked/groups/{(group := only_group(web))}"
    siti = Person(web, parts, "siti", "operator")
    nik = History().nik
    for act, fields in (("own", {"owner": "budi"}), ("mute", {}), ("note", {"note": f"asked about {nik}"})):
        assert siti.post(f"{path}/{act}", **fields).status == 303
    page = siti.get(path).text
    assert 'id="owner">budi<' in page
    assert "asked about 337401" in page
    assert nik not in page
    assert 'id="open">1<' in siti.get("/parked?muted=yes").text
    assert siti.post(f"{path}/unmute").status == siti.post(f"{path}/own", owner="").status == 303
    for act, fields in (("note", {"note": " "}), ("own", {"owner": "x" * 65}), ("explode", {})):
        assert siti.post(f"{path}/{act}", **fields).status == 422
    assert siti.post("/parked/groups/000000000000/mute").status == 404
    assert siti.visitor.post(f"{path}/mute", {}).status == 403
    assert [(actor, what, about) for actor, what, about, _ in noted(parts)] == [
        ("siti", f"group-{act}", group) for act in ("owned", "muted", "noted", "unmuted", "owned")
    ]
    assert nik not in str(noted(parts))


@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_not_do_something_sees_no_form_for_it_and_cannot_post_it(
    web: WebClient, parts: Parts, role: str
) -> None:
    """Of a group and of an item; nothing was changed by it."""
    web.batch(misspelt())
    group, item = only_group(web), first_parked(parts)
    who = Person(web, parts, "siti", role)
    posts = {f"/parked/groups/{group}/{act}" for act in ("own", "mute", "note", "plan")} | {
        f"/parked/items/{item}/{act}" for act in ("plan", "discard")
    }
    shown = who.forms(f"/parked/groups/{group}") | who.forms(f"/parked/items/{item}")
    assert shown == (posts if role == "operator" else set())
    assert ('href="/parked.csv' in who.get("/parked").text) is (role in {"operator", "auditor"})
    assert (who.get("/parked/items.csv").status == 200) is (role in {"operator", "auditor"})
    if role != "operator":
        for path in posts:
            assert who.post(path, because="x", note="x", owner="x").status == 403
        assert noted(parts) == []
        assert only_group(web) == group


def test_accounts_of_some_offices_have_the_items_of_their_offices_and_no_groups(web: WebClient, parts: Parts) -> None:
    """The list and one item, also to give it up; of another office nothing is there."""
    elsewhere = misspelt(station="st332210")
    elsewhere["data"]["office"] = "33.22.10"
    web.batch(misspelt(), elsewhere)
    with snapshot(parts.engine) as connection:
        ours, theirs = sorted(parked_items(connection), key=lambda one: one["office"], reverse=True)
    here = Person(web, parts, "siti", "operator", "auditor", office="33.74")
    assert here.get("/parked").headers["location"] == "/parked/items"
    assert here.get("/parked.csv").headers["location"] == "/parked/items.csv"
    assert [one["parked"] for one in rows(here.get("/parked/items.csv").text)] == [ours["parked"]]
    assert theirs["parked"] not in here.get("/parked/items").text
    assert here.forms(f"/parked/items/{ours['parked']}") == {f"/parked/items/{ours['parked']}/discard"}
    gone, nobodys = (here.get(f"/parked/items/{one}") for one in (theirs["parked"], NOBODYS))
    assert (gone.status, gone.text.replace(theirs["parked"], NOBODYS)) == (404, nobodys.text)
    assert here.post(f"/parked/items/{theirs['parked']}/discard", because="x").status == 404
    assert here.post(f"/parked/items/{ours['parked']}/plan", because="x").status == 403
    for path in (f"/parked/groups/{ours['group']}", "/repairs", f"/repairs/{NOBODYS}"):
        assert here.get(path).status == 403
    assert here.get("/repairs.csv").status == 404
    assert here.post(f"/parked/items/{ours['parked']}/discard", because="noise").status == 303
    assert noted(parts) == [("siti", "item-discarded", ours["parked"], {"because": "noise"})]


def test_one_message_is_edited_without_anybody_seeing_who_it_is_about(web: WebClient, parts: Parts) -> None:
    """The page is masked, what was left masked is kept; a corrected NIK waits for a second person."""
    told = misspelt()
    told["data"]["name"] = "Contoh Satu"
    web.batch(told, {**told, "id": NOBODYS, "data": {**told["data"], "channel": "kecamatan", "nik": "123"}})
    siti = Person(web, parts, "siti", "operator")
    with snapshot(parts.engine) as connection:
        items = {one["reason"]: one["parked"] for one in parked_items(connection)}
    page = siti.get(f"/parked/items/{items['bad-data']}").text
    assert told["data"]["nik"] not in page
    assert "Contoh Satu" not in page
    shown = {**told, "data": {**told["data"], "nik": "***", "name": "***"}}
    path = f"/parked/items/{items['bad-data']}/plan"
    fixed = {**shown, "data": {**shown["data"], "channel": "kecamatan"}}
    repair = planned(siti.post(path, correction="edit", edit=json.dumps(fixed), because="read the paper"))
    assert "kecamatn" in siti.get(f"/repairs/{repair}/items/1").text
    assert siti.post(f"/repairs/{repair}/run").status == 303
    run(parts, repair)
    assert siti.get(f"/parked/items/{items['bad-data']}").text.count("fixed") == 1
    assert web.get(f"/api/v1/applications/{told['subject']}").json["state"] == "recorded"
    nik = {**told, "id": NOBODYS, "data": {**fixed["data"], "nik": told["data"]["nik"]}}
    other = planned(
        siti.post(f"/parked/items/{items['bad-nik']}/plan", correction="edit", edit=json.dumps(nik), because="paper")
    )
    assert siti.post(f"/repairs/{other}/run").status == 403
    assert "a NIK is corrected" in siti.get(f"/repairs/{other}").text
    assert told["data"]["nik"] not in siti.get(f"/repairs/{other}/items/1").text
    for edit in ("", "{", json.dumps({**shown, "id": told["subject"]}), json.dumps({**shown, "source": "***"})):
        refused = siti.post(f"/parked/items/{items['bad-nik']}/plan", correction="edit", edit=edit, because="x")
        assert (refused.status, 'role="alert"' in refused.text) == (422, True)


def test_what_cannot_be_planned_is_said_on_the_page_with_what_was_typed(web: WebClient, parts: Parts) -> None:
    """No reason, a patch that is none, a locked field, a threshold that is no number; nothing is written."""
    web.batch(misspelt(), misspelt())
    path = f"/parked/groups/{only_group(web)}/plan"
    siti = Person(web, parts, "siti", "operator")
    locked = json.dumps([{"op": "remove", "path": "/id"}])
    for name, *values in (
        ("because", "", "x" * 501),
        ("patch", "no", "[]", locked),
        ("threshold", "many", "101", "nan"),
        ("rate", "0", "x"),
    ):
        for value in values:
            answer = siti.post(path, **{**PATCHED, name: value})
            assert (answer.status, 'role="alert"' in answer.text) == (422, True), (name, value)
    assert "&#34;/id&#34;" in siti.post(path, **{**PATCHED, "patch": locked}).text
    assert siti.post("/parked/groups/000000000000/plan", **PATCHED).status == 404
    assert web.get("/api/v1/repairs").json == []
    repair = planned(siti.post(path, **PATCHED, threshold="12,5", rate="7"))
    told = web.get(f"/api/v1/repairs/{repair}").json
    assert (told["threshold"], told["rate"], told["correction"], told["made_by"]) == (0.125, 7, "patch", "siti")
    assert noted(parts)[-1][1:3] == ("repair-planned", repair)
    as_it_is = planned(siti.post(path, because="the program knows it now", patch=json.dumps(PATCH)))
    assert web.get(f"/api/v1/repairs/{as_it_is}").json["correction"] is None


def test_an_empty_parking_lot_teaches(web: WebClient, parts: Parts) -> None:
    """What comes here, and what was closed of a group."""
    siti = Person(web, parts, "siti", "operator")
    assert "Nothing is parked." in siti.get("/parked").text
    assert "Nothing is parked." in siti.get("/parked/items").text
    assert "No repair was planned yet." in siti.get("/repairs").text
    web.batch(misspelt())
    group = only_group(web)
    item = first_parked(parts)
    assert siti.post(f"/parked/items/{item}/discard", because="noise").status == 303
    assert siti.post(f"/parked/items/{item}/discard", because="noise").status == 409
    page = siti.get(f"/parked/groups/{group}").text
    assert "Nothing of this group is open any more." in page
    assert siti.forms(f"/parked/groups/{group}") == {f"/parked/groups/{group}/{act}" for act in ("own", "mute", "note")}
    assert siti.forms(f"/parked/items/{item}") == set()
