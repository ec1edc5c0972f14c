"""The steps: what is over has ended and is leased by nobody, what is open has not ended."""

from typing import Final

from sqlalchemy import Connection, text

from ektp.verification.finding import Advance, Finding
from ektp.verification.rows import streamed

_STEPS: Final = text("""
select key, state in ('done', 'given-up') as over, state = 'running' as running, finished is not null as finished,
    leased_until is not null as leased from steps
""")


def steps_end_once(connection: Connection, advance: Advance) -> list[Finding]:
    """Find steps that are over without an end, open with one, or leased while nobody runs them."""
    finding = Finding("steps-end-once")
    for row in streamed(connection, _STEPS, advance):
        finding.checked += 1
        finding.expect(row.over == row.finished and row.running == row.leased, row.key)
    return [finding]
