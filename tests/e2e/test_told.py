"""Being told through the real processes: a letter arrives once, although its worker is killed while nobody takes it."""

import json
from pathlib import Path

import pytest

from tests.conftest import Eventually
from tests.e2e.conftest import Figures
from tests.e2e.pipeline import Pipeline
from tests.histories import event, invented_nik
from tests.sinks import webhook

pytestmark = pytest.mark.slow
SETTLES = 120  # seconds: two looks of the watch, a start, and a lease that has to end
RULES = """
[[alerts.receivers]]
name = "desk"
url_env = "EKTP_DESK"
language = "en"
rules = ["parked-new-cause"]
"""


def test_a_new_cause_is_told_and_its_end_too_once_each(
    pipeline: Pipeline, tmp_path: Path, eventually: Eventually, figures: Figures
) -> None:
    """The worker is killed while the service refuses; a NIK that was parked stands in no letter."""
    (tmp_path / "ektp.toml").write_text(RULES)
    nik = invented_nik()
    with webhook() as hook:
        hook.status = 503
        given = {"EKTP_CONFIG": str(tmp_path / "ektp.toml"), "EKTP_DESK": hook.address}
        pipeline.environment = {**pipeline.environment, **given}
        pipeline.start_all("worker", "beat")
        bad = event("0195e0a4-7c1b-7f00-8000-6a6e1f2b3c4d", "recorded", nik=nik, office="33.74.10", attempt=0)
        pipeline.run("apply", "-", stdin=json.dumps(bad).encode())
        eventually(lambda: hook.asked >= 1, SETTLES)
        pipeline["worker-1"].kill()
        hook.status = 200
        pipeline.start("worker-1", "worker")
        eventually(lambda: hook.taken, SETTLES)
        (alert,) = [one for one in pipeline.ask("alerts") if one["rule"] == "parked-new-cause"]
        (item,) = pipeline.ask("parked", "list")
        pipeline.run("parked", "discard", item["parked"], "--because", "a trial")
        eventually(lambda: len(hook.taken) >= 2, SETTLES)
        titles = [one["title"] for one in hook.taken]
        assert titles == [f"[E-KTP warning] {word}: parked-new-cause {alert['about']}" for word in ("NEW", "RESOLVED")]
        assert nik not in json.dumps(hook.taken)
        assert b"very-secret" not in b"".join(pipeline.outputs().values())
        assert pipeline.ask("verify")["ok"]
        figures(f"a letter about an alert: refused {hook.asked - 2} times, taken once")
