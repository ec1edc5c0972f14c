"""The line that says why the embedded PostgreSQL did not start is found among what others write."""

from pathlib import Path

from ektp.storage.server.server_log import last_complaint

BEFORE = "2026-11-30 00:26:17.800 UTC [30400] FATAL:  could not open file\n"
OWN = "2026-11-30 00:26:18.012 UTC [30501] FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use\n"
HINT = "2026-11-30 00:26:18.012 UTC [30501] HINT:  Terminate any old server processes.\n"
SESSION = "2026-11-30 00:26:18.038 UTC [30464] FATAL:  terminating connection due to unexpected postmaster exit\n"


def wrote(folder: Path, text: str) -> Path:
    """Return a log with that text."""
    log = folder / "server.log"
    log.write_text(text)
    return log


def test_a_session_that_ends_at_the_same_moment_does_not_hide_it(tmp_path: Path) -> None:
    """The old server's sessions see its end when their statement is over, which may be just then."""
    assert last_complaint(wrote(tmp_path, BEFORE + OWN + HINT + SESSION * 120), 30501) == OWN.strip()


def test_a_child_may_have_said_it(tmp_path: Path) -> None:
    """What the process that recovers says is the reason; the server only says that it gives up."""
    child = "2026-11-30 00:26:18.020 UTC [30502] PANIC:  could not locate a valid checkpoint record\n"
    gave_up = "2026-11-30 00:26:18.022 UTC [30501] LOG:  aborting startup due to startup process failure\n"
    assert last_complaint(wrote(tmp_path, BEFORE + child + gave_up), 30501) == child.strip()


def test_the_last_line_where_nobody_complained_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    """Before it knows its log's form it says whatever it says."""
    line = 'postgres: unrecognized configuration parameter "no_such"'
    assert last_complaint(wrote(tmp_path, f"{line}\n"), 30501) == line
    assert last_complaint(wrote(tmp_path, ""), 30501) == ""
