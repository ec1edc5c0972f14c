"""Celery as it is, but that a step whose process died is taken again soon: `celery -A tests.e2e.saga_app worker`."""

from typing import Final

from ektp.celery import StepApp
from ektp.workplace import Workplace

LEASE: Final = 2.0  # seconds
app: Final = StepApp(Workplace(lease=LEASE))
