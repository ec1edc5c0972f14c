"""A worker killed with a message in its hand: a sink that can be asked has it once, another is not guessed at."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.histories import History
from tests.residents import WAITING, Residents, residents_on, with_contact
from tests.sinks import Webhook, webhook

WORKER: Final = """
import sys
from ektp.bootstrap import Parts
from ektp.config.settings import read_settings
from ektp.step_ports import step_runner
from workflows.steps.kinds import KINDS
from uuid import UUID
settings = read_settings()
step_runner(Parts(settings, settings.database()), KINDS, 1.0).run(UUID(sys.argv[1]))
"""
GATEWAY: Final = '[messages.gateways.sms]\nurl_file = "sms.url"\n'
#: A lease of a second is over at once.
OVER: Final = "update steps set leased_until = now() - interval '1 second' where state = 'running'"


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """Give a service of messages."""
    with webhook() as made:
        yield made


def killed_at(residents: Residents, where: str) -> None:
    """Let a process of its own deliver the message that waits, and end there as by kill -9."""
    settings = residents.parts.settings
    assert settings.secret_key
    assert settings.nik_key
    given = {
        "EKTP_DATABASE_URL": residents.parts.database_url,
        "EKTP_HOME": str(settings.home),
        "EKTP_CONFIG": str(settings.config),
        "EKTP_SECRET_KEY": settings.secret_key.get_secret_value(),
        "EKTP_NIK_KEY": settings.nik_key.get_secret_value(),
        "EKTP_FAILPOINT": where,
    }
    ((step,),) = residents.sql(WAITING)
    ended = subprocess.run([sys.executable, "-c", WORKER, str(step)], env={**os.environ, **given}, check=False)
    assert ended.returncode == -9
    residents.sql(OVER)
    residents.sql("update steps set state = 'waiting', leased_until = null where state = 'running'")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["message-before-send", "message-after-send"])
def test_a_message_is_in_the_files_once_wherever_the_worker_was_killed(
    database_url: str, tmp_path: Path, where: str
) -> None:
    """Who comes after it asks the sink whether it has it."""
    with residents_on(database_url, tmp_path) as residents:
        residents.tell(with_contact(History().recorded()))
        residents.plan()
        killed_at(residents, where)
        assert residents.states() == {"application-recorded": "sending"}
        assert len(residents.sink) == (where == "message-after-send")
        residents.deliver()
        assert residents.states() == {"application-recorded": "sent"}
        assert len(residents.sink) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("where", "taken"), [("message-before-send", 0), ("message-after-send", 1)])
def test_a_gateway_that_cannot_be_asked_is_not_given_it_again(
    database_url: str, tmp_path: Path, hook: Webhook, where: str, taken: int
) -> None:
    """Whether it has it is said to be unknown, and a person sees it."""
    (tmp_path / "sms.url").write_text(f"{hook.address}/{{address}}")
    with residents_on(database_url, tmp_path, GATEWAY) as residents:
        residents.tell(with_contact(History().recorded()))
        residents.plan()
        killed_at(residents, where)
        residents.deliver()
        assert residents.states() == {"application-recorded": "unknown"}
        assert len(hook.taken) == taken
        residents.deliver()
        assert len(hook.taken) == taken


def test_a_gateway_that_says_no_is_given_it_again_and_one_that_says_nothing_is_not(
    database_url: str, tmp_path: Path, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    """A service that answers 500 may have sent it; one that answers 429 has not. No address is told anywhere."""
    (tmp_path / "sms.url").write_text(f"{hook.address}/{{address}}")
    with residents_on(database_url, tmp_path, GATEWAY) as residents:
        hook.status = 429
        residents.tell(with_contact(History().recorded(), "sms", "+62811777001"))
        residents.plan()
        residents.deliver()
        assert residents.sql("select state, because, tries from messages") == [("planned", "SaidNo", 1)]
        hook.status = 200
        residents.sql("update messages set slot = null")
        residents.sql("update message_gateways set free = null")
        residents.deliver()
        assert residents.states() == {"application-recorded": "sent"}
        assert [one["title"][:6] for one in hook.taken] == ["Pereka"]
        hook.status = 500
        residents.tell(other := with_contact(History().recorded(), "sms", "+62811777002"))
        residents.plan()
        residents.sql("update message_gateways set free = null")
        residents.deliver()
        assert residents.states(other.application) == {"application-recorded": "unknown"}
        assert (
            "811777"
            not in f"{caplog.text} {residents.sql('select * from messages')} {residents.sql('select * from steps')}"
        )
        assert residents.sink == []


def test_a_gateway_without_its_address_is_waited_for(database_url: str, tmp_path: Path) -> None:
    """Nothing is lost until somebody writes the file."""
    with residents_on(database_url, tmp_path, GATEWAY) as residents:
        residents.tell(with_contact(History().recorded()))
        residents.plan()
        residents.deliver()
        assert residents.sql("select state, because from messages") == [("planned", "AddressMissing")]
        (tmp_path / "sms.url").write_text("json://127.0.0.1:9/no-place")
        residents.sql("update message_gateways set free = null")
        residents.deliver()
        assert residents.sql("select state, because from messages") == [("planned", "UrlNotKnown")]
