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
    """A step has an end exactly if it is over, and a lease exactly if it is running."""
    finding = Finding("steps-end-once")
    for row in streamed(connection, _STEPS, advance):
        finding.checked += 1
        finding.expect(row.over == row.finished and row.running == row.leased, row.key)
    return [finding]
