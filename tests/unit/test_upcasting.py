"""What an older release wrote is read as it is said today, step by step."""

import json
import re
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from ektp.repairing.correction import Corrected, Unsealed, offered
from schemas.events import EVENTS
from schemas.upcasting import UPCASTERS, Step, name_of, name_today, types_of, upcast, upcast_message
from tests.histories import History
from tests.older import OLDER, as_in_v0, as_in_v00
from workflows.facts import Kind
from workflows.stored import stored

ROOT: Final = Path(__file__).resolve().parents[2]
FLOORS: Final = ("schemas", "workflows", "consumers", "ektp")


def test_two_steps_are_taken_one_after_the_other() -> None:
    """From the oldest to today's; what is of today stays as it is."""
    data = {"attempt": 1, "office": "33.74.10"}
    assert upcast("id.ektp.recorded.v1", data, OLDER) == ("id.ektp.recorded.v1", data)
    assert upcast("id.ektp.recorded.v0", as_in_v0(data), OLDER) == ("id.ektp.recorded.v1", data)
    assert upcast("id.ektp.taken.v1", as_in_v00(data), OLDER) == ("id.ektp.recorded.v1", data)


def test_an_event_of_the_store_means_what_it_always_meant() -> None:
    """Under the name that it has today."""
    known = stored(uuid4(), "id.ektp.taken.v1", {"try_number": "2", "kecamatan": "33.74.10"}, "st1", OLDER)
    assert (known.type, known.name, known.fact.kind) == ("id.ektp.recorded.v1", "recorded", Kind.RECORDED)
    assert (known.fact.attempt, known.fact.office, known.fact.station) == (2, "33.74.10", "st1")


def test_an_event_is_asked_for_under_every_type_it_ever_had() -> None:
    """Whatever it was called; and under no other."""
    every = ["id.ektp.recorded.v0", "id.ektp.recorded.v1", "id.ektp.taken.v1"]
    assert types_of("recorded", upcasters=OLDER) == every
    assert types_of("recorded", "printed", upcasters=OLDER) == sorted([*every, "id.ektp.printed.v1"])
    assert types_of("printed", upcasters=OLDER) == ["id.ektp.printed.v1"]
    assert types_of("taken", upcasters=OLDER) == []
    assert {name_today(type_, OLDER) for type_ in every} == {"recorded"}
    later = {"id.ektp.recorded.v1": Step("id.ektp.recorded.v2", lambda data: data)}
    assert types_of("recorded", upcasters=later) == ["id.ektp.recorded.v1", "id.ektp.recorded.v2"]


def test_no_query_names_one_version_of_an_event() -> None:
    """Whoever asks the store asks for all that there were: only migrations, which are of one release, name one."""
    named = re.compile(r"""(type\w* *(=|!=|in|<>) *\(?|== *)["']id\.ektp\.""")
    sources = [one for floor in FLOORS for one in (ROOT / floor).rglob("*.py") if "migrations" not in one.parts]
    assert len(sources) > 300
    assert [str(one) for one in sources if named.search(one.read_text(encoding="utf-8"))] == []
    migrations = (ROOT / "ektp/storage/migrations").rglob("*.py")
    assert any(named.search(one.read_text(encoding="utf-8")) for one in migrations)


def test_the_table_of_this_release_leads_to_events_that_there_are() -> None:
    """And never in a circle."""
    for first in UPCASTERS:
        types = [first]
        while (step := UPCASTERS.get(types[-1])) is not None:
            assert step.to not in types
            types.append(step.to)
        assert name_of(types[-1]) in EVENTS
    assert [name_of(f"id.ektp.{name}.v1") for name in EVENTS] == list(EVENTS)


def test_a_parked_message_of_an_older_release_is_offered_as_today() -> None:
    """Its id stays; what nobody can read is offered as it is, and refused again."""
    told = History().recorded().events[0]
    older = json.dumps({**told, "type": "id.ektp.recorded.v0", "data": as_in_v0(told["data"])}).encode()
    item = Unsealed(uuid4(), "st337401", "amqp", told["id"], older)
    assert offered(item, Corrected(older)).refusal is not None
    submission = offered(item, Corrected(older), OLDER)
    assert submission.event is not None
    assert (str(submission.event.id), submission.event.name, submission.repairs) == (told["id"], "recorded", item.id)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type": 7}', b'{"type": "id.ektp.recorded.v0", "data": 1}'])
def test_what_cannot_be_translated_stays(body: bytes) -> None:
    """The reader at the door says what is wrong with it."""
    assert upcast_message(body, OLDER) == body
