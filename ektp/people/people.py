"""What is done with the accounts of people and programs: each change is noted in its own transaction."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine

from consumers.acts import Act
from ektp.errors import OwnAdministration, WrongUse
from ektp.people import passwords
from ektp.reading.moments import written
from ektp.storage.people.api_tokens import MOST_DAYS, ApiToken, PostgresApiTokens
from ektp.storage.people.audit import Chain
from ektp.storage.people.people import Person, PostgresPeople
from schemas.nik import holds_nik
from schemas.places import place
from workflows.passwords import objection
from workflows.permissions import Action, Role, may

_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{2,31}", re.ASCII)
#: What the system itself is called where somebody's name would stand.
RESERVED: Final = frozenset({"operator", "system", "ektp", "nobody", "root"})


@dataclass(frozen=True, slots=True)
class Grant:
    """Roles, and the regions within which they hold (none for all); in the order in which they are kept."""

    roles: tuple[Role, ...]
    offices: tuple[str, ...]

    def told(self) -> dict[str, str]:
        """Return it for the audit."""
        return {"roles": " ".join(self.roles), "offices": " ".join(self.offices) or "all"}


@dataclass(frozen=True, slots=True)
class People:
    """Adds, changes, disables and renews the accounts of people, and tokens for programs."""

    store: PostgresPeople
    tokens: PostgresApiTokens

    def add(self, name: str, grant: Grant, password: str, by: str) -> None:
        """Add somebody. Raises WrongUse for a weak password, AccountTaken and StoreAway."""
        act = Act(by, "person-added", name, grant.told())
        self.store.add(name, grant.roles, grant.offices, strong(password, name), act)

    def change(self, name: str, grant: Grant, by: str) -> None:
        """Give somebody other roles and offices, from within a second on.

        Raises OwnAdministration, NoSuchAccount and StoreAway.
        """
        if name == by and not may(grant.roles, grant.offices, Action.ADMINISTER):
            raise OwnAdministration(name)
        self.store.grant(name, grant.roles, grant.offices, Act(by, "person-changed", name, grant.told()))

    def disable(self, name: str, by: str) -> None:
        """Let somebody in no more; every session ends within a second.

        Raises OwnAdministration, NoSuchAccount and StoreAway.
        """
        if name == by:
            raise OwnAdministration(name)
        self.store.disable(name, Act(by, "person-disabled", name))

    def enable(self, name: str, by: str) -> None:
        """Let somebody in again, with the password of before. Raises NoSuchAccount and StoreAway."""
        self.store.enable(name, Act(by, "person-enabled", name))

    def end_sessions(self, name: str, by: str) -> None:
        """Let somebody sign in anew; every session ends within a second. Raises NoSuchAccount and StoreAway."""
        self.store.end_sessions(name, Act(by, "sessions-ended", name))

    def change_password(self, name: str, password: str, by: str, keep: bytes | None = None) -> None:
        """Give somebody a new password; of the sessions only the one of the digest `keep` goes on.

        Raises WrongUse for a weak password, NoSuchAccount and StoreAway.
        """
        self.store.renew(name, strong(password, name), keep, Act(by, "password-changed", name))

    def knows(self, name: str, password: str) -> bool:
        """Tell whether this is the password of somebody who may sign in; as slow for a name that is nobody's.

        Raises StoreAway.
        """
        digest = self.store.digest(name) if is_name(name) else None
        if not passwords.is_it(password[: 4 * 1024], digest):
            return False
        if digest is not None and passwords.is_outdated(digest):
            self.store.rehashed(name, digest, passwords.digest_of(password))
        return True

    def add_token(self, name: str, grant: Grant, days: int, by: str) -> tuple[str, datetime]:
        """Make a token for a program, and return it and its end, this once. Raises AccountTaken and StoreAway."""
        act = Act(by, "token-added", name, {**grant.told(), "days": days})
        return self.tokens.add(name, grant.roles, grant.offices, days, act)

    def revoke_token(self, name: str, by: str) -> None:
        """Let a token count no more, from within a second on. Raises NoSuchAccount and StoreAway."""
        self.tokens.revoke(name, Act(by, "token-revoked", name))

    def told(self) -> list[dict[str, Any]]:
        """Return every account, people first, without what they prove themselves with. Raises StoreAway."""
        return [*map(_person_told, self.store.people()), *map(_token_told, self.tokens.tokens())]


def people_on(engine: Engine, chain: Chain) -> People:
    """Make it on a pool of connections."""
    return People(PostgresPeople(engine, chain), PostgresApiTokens(engine, chain))


def is_name(text: str) -> bool:
    """Tell whether an account can have this name: a NIK, which could be typed in its place, is none."""
    return _NAME.fullmatch(text) is not None and not holds_nik(text)


def named(text: str) -> str:
    """Return a name for a new account. Raises WrongUse."""
    if not is_name(text):
        raise WrongUse("a name has 3 to 32 signs of a-z, 0-9, point, _ and -, begins with a letter, and holds no NIK")
    if text in RESERVED:
        raise WrongUse(f"{text} is what the system itself is called: choose another name")
    return text


def grant_of(roles: Iterable[str], offices: Collection[str]) -> Grant:
    """Return roles and regions as somebody wrote them; `all` is every region. Raises WrongUse."""
    given = tuple(dict.fromkeys(roles))
    if not given or set(given) - set(Role):
        raise WrongUse(f"--role: at least one of {', '.join(Role)}")
    if not offices:
        raise WrongUse("--office: the code of a region (33, 33.74, 33.74.10), or all")
    regions = [] if set(offices) == {"all"} else list(dict.fromkeys(offices))
    if unknown := next((code for code in regions if place(code) is None), None):
        what = "all stands alone" if unknown == "all" else "no region has this code (33, 33.74, 33.74.10)"
        raise WrongUse(f"--office {unknown}: {what}")
    return Grant(tuple(role for role in Role if role in given), tuple(sorted(regions)))


def days_of(days: int) -> int:
    """Return for how many days a token may be. Raises WrongUse."""
    if not 1 <= days <= MOST_DAYS:
        raise WrongUse(f"--days: 1 to {MOST_DAYS}, as nobody remembers a token for longer")
    return days


def strong(password: str, name: str) -> str:
    """Return the digest of a password that is hard to guess. Raises WrongUse, which does not repeat it."""
    if found := objection(password, name):
        raise WrongUse(f"the password cannot be taken: {found}")
    return passwords.digest_of(password)


def _person_told(person: Person) -> dict[str, Any]:
    return {
        "account": person.name,
        "kind": "person",
        **_grant_told(person.roles, person.offices),
        "added": written(person.added),
        "added_by": person.added_by,
        "password_changed": written(person.password_changed),
        "disabled": written(person.disabled),
        "disabled_by": person.disabled_by,
        "sessions": person.sessions,
        "last_seen": written(person.last_seen),
    }


def _token_told(token: ApiToken) -> dict[str, Any]:
    return {
        "account": token.name,
        "kind": "token",
        **_grant_told(token.roles, token.offices),
        "added": written(token.added),
        "added_by": token.added_by,
        "expires": written(token.expires),
        "last_used": written(token.last_used),
        "disabled": written(token.revoked),
    }


def _grant_told(roles: Collection[Role], offices: Collection[str]) -> dict[str, list[str]]:
    return {"roles": [role.value for role in Role if role in roles], "offices": list(offices) or ["all"]}
