"""The audit beside the intake: what is wrong with an account is logged at the start, and again."""

from structlog.testing import capture_logs

from ektp.running.account_audit import AccountAudit
from ektp.verification.diagnosis import Diagnosis, Level
from tests.conftest import Eventually
from tests.running import running


def test_what_is_wrong_is_logged_again_and_again_and_nothing_else_is(eventually: Eventually) -> None:
    """It ends at once when it is told to."""
    found = [Diagnosis("accounts", Level.FAIL, "st_a has no topic permission", "renew it")]
    found.append(Diagnosis("accounts", Level.LOOK, "2 stations, their rights are unknown"))
    with capture_logs() as logged, running(AccountAudit(lambda: found, every=0.01)):
        eventually(lambda: len(logged) > 2)
    assert {line["found"] for line in logged} == {"st_a has no topic permission"}
    with running(AccountAudit(lambda: found, every=3600)):
        pass
