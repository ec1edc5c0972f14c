"""By which rules the offices' deadlines were worked out last, in PostgreSQL."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from consumers.due import Page, Rules
from ektp.storage.engine import transaction
from ektp.storage.steps.due import application_of, now_of, outages_of

# The tallies know every office that ever had an application, without a look at the applications.
_KNOWN: Final = """
select offices.office, calendar, patience
from (select distinct office from tallies where kind = 'state') as offices left join office_rules using (office)
order by office
"""
_CLAIM: Final = """
insert into office_rules (office, claimed_until)
select office, now() + interval '2 minutes' from unnest(%s::text[]) as office order by office
on conflict (office) do update set claimed_until = excluded.claimed_until
    where coalesce(office_rules.claimed_until <= now(), true)
returning office
"""
# Along the index of what is due, which holds no application that has ended.
_PAGE: Final = """
select id, version, standing::text, state, recorded, timers::text, due_at from applications
where due_at is not null and office = any(%(offices)s) and (due_at, id) > (%(due)s, %(id)s)
order by due_at, id limit %(most)s
"""
_NOTE: Final = """
update office_rules set calendar = new.calendar, patience = new.patience, claimed_until = null
from unnest(%s::text[], %s::text[], %s::text[]) as new (office, calendar, patience)
where office_rules.office = new.office
"""
_BEFORE_ALL: Final = ("-infinity", UUID(int=0))


class PostgresRules:
    """The rules, behind the timekeeper's port."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def moment(self) -> datetime:
        """Return the store's time."""
        with transaction(self._engine) as connection:
            return now_of(connection)

    def known(self) -> Mapping[str, Rules | None]:
        """Return every office that has applications, with its rules; None where they were never noted."""
        with transaction(self._engine) as connection:
            rows = connection.execute(_KNOWN).fetchall()
        return {office: Rules(calendar, patience) if calendar else None for office, calendar, patience in rows}

    def claim(self, offices: Collection[str]) -> Collection[str]:
        """Return those of the offices that nobody else is looking at; they are ours for two minutes."""
        with transaction(self._engine) as connection:
            return [row[0] for row in connection.execute(_CLAIM, [list(offices)])]

    def page(self, offices: Collection[str], after: tuple[datetime, UUID] | None, most: int) -> Page:
        """Return a page of the offices' open applications."""
        due, identity = after or _BEFORE_ALL
        values = {"offices": list(offices), "due": due, "id": identity, "most": most}
        with transaction(self._engine) as connection:
            rows = [application_of(row) for row in connection.execute(_PAGE, values)]
            page = Page(now_of(connection), outages_of(connection), rows, None)
        return page._replace(after=(rows[-1].due_at, rows[-1].id)) if len(rows) == most else page

    def note(self, rules: Mapping[str, Rules]) -> None:
        """Remember the rules that hold now, and give the offices back."""
        columns = [list(rules), [one.calendar for one in rules.values()], [one.patience for one in rules.values()]]
        with transaction(self._engine) as connection:
            connection.execute(_NOTE, columns)
