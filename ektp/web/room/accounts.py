"""Akun: people and tokens of programs, what each may do and where, and who is let in no more."""

from typing import Any, Final, Literal

from fastapi import APIRouter
from starlette.responses import Response

from ektp.errors import AccountTaken, NoSuchAccount, WrongUse
from ektp.people import passwords
from ektp.people.people import Grant, People, days_of, grant_of, named
from ektp.storage.people.api_tokens import MOST_DAYS
from ektp.web.errors import Mistaken
from ektp.web.room.page_route import PageRoute
from ektp.web.room.seat import Form, Posted, Seat, Seated
from ektp.web.web import web_of
from workflows.passwords import objection
from workflows.permissions import ALLOWED, UNDIVIDED, Action, Role

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST: Final = 200  # people on a page, and as many tokens
_USUAL_DAYS: Final = 90


@router.get("/accounts")
def listed(seat: Seated, after: str = "") -> Response:
    """List people and tokens, and say what each role may."""
    return _drawn(seat, after=after)


@router.post("/accounts/people")
def add_person(posted: Form) -> Response:
    """Add somebody; a password that was made here is shown in the answer, and nowhere else."""
    name = posted.text("name").lower()
    try:
        name, grant, password = _named(name), _grant(posted), _password(name, posted)
        _people(posted.seat).add(name, grant, password, posted.by)
    except (Mistaken, AccountTaken) as wrong:
        return _drawn(posted.seat, 422, wrong=_word(wrong), person=posted.form)
    return _shown_once(posted, name, None if posted.form.get("password") else password)


@router.get("/accounts/people/{name}")
def person(seat: Seated, name: str) -> Response:
    """Show one account, and what can be done with it."""
    return _person(seat, name)


@router.post("/accounts/people/{name}/{act}")
def change_person(
    posted: Form, name: str, act: Literal["grant", "disable", "enable", "sessions", "password"]
) -> Response:
    """Change roles and offices, shut out or let in again, end sessions, or give a new password."""
    people, by = _people(posted.seat), posted.by
    try:
        match act:
            case "grant":
                people.change(name, _grant(posted), by)
            case "disable":
                people.disable(name, by)
            case "enable":
                people.enable(name, by)
            case "sessions":
                people.end_sessions(name, by)
            case "password":
                password = _password(name, posted)
                people.change_password(name, password, by)
                return _shown_once(posted, name, None if posted.form.get("password") else password)
    except Mistaken as wrong:
        return _person(posted.seat, name, 422, wrong=wrong.word)
    return posted.seat.see(f"/accounts/people/{name}")


@router.post("/accounts/tokens")
def add_token(posted: Form) -> Response:
    """Make a token for a program; it is shown in the answer, and nowhere else."""
    name = posted.text("name").lower()
    try:
        name, grant, days = _named(name), _grant(posted), _days(posted)
        token, _ = _people(posted.seat).add_token(name, grant, days, posted.by)
    except (Mistaken, AccountTaken) as wrong:
        return _drawn(posted.seat, 422, wrong=_word(wrong), program=posted.form)
    return _shown_once(posted, name, token)


@router.post("/accounts/tokens/{name}/revoke")
def revoke_token(posted: Form, name: str) -> Response:
    """Let a token count no more."""
    _people(posted.seat).revoke_token(name, posted.by)
    return posted.seat.see("/accounts#programs")


def _drawn(seat: Seat, status: int = 200, after: str = "", **said: Any) -> Response:  # noqa: ANN401 - as Jinja
    told = [one for one in _people(seat).told() if one["account"] > after]
    people, programs = ([one for one in told if one["kind"] == kind] for kind in ("person", "token"))
    pages = [rows[MOST - 1]["account"] for rows in (people, programs) if len(rows) > MOST]
    form: dict[str, Any] = {"wrong": None, "person": {}, "program": {"days": str(_USUAL_DAYS)}, **said}
    return seat.drawn(
        "room/accounts.html", status, people=people[:MOST], programs=programs[:MOST], roles=list(Role),
        following=min(pages, default=None), after=after, allowed=ALLOWED, actions=list(Action), undivided=UNDIVIDED,
        most_days=MOST_DAYS, **form,
    )  # fmt: skip


def _person(seat: Seat, name: str, status: int = 200, wrong: str | None = None) -> Response:
    found = next((one for one in _people(seat).told() if (one["kind"], one["account"]) == ("person", name)), None)
    if found is None:
        raise NoSuchAccount(name)
    form = {"offices": " ".join(found["offices"]), **{f"role-{role}": "on" for role in found["roles"]}}
    return seat.drawn("room/person.html", status, one=found, form=form, roles=list(Role), wrong=wrong)


def _shown_once(posted: Posted, name: str, secret: str | None) -> Response:
    """Show what was made for an account, or lead to it where there is nothing to show."""
    if secret is None:
        return posted.seat.see(f"/accounts/people/{name}")
    return posted.seat.drawn("room/secret.html", whose=name, secret=secret)


def _people(seat: Seat) -> People:
    return web_of(seat.request).parts.people()


def _named(name: str) -> str:
    try:
        return named(name)
    except WrongUse:
        raise Mistaken("accounts-bad-name") from None


def _grant(posted: Posted) -> Grant:
    """Return what the form grants. Raises Mistaken."""
    roles = [role for role in Role if posted.text(f"role-{role}")]
    if not roles:
        raise Mistaken("accounts-bad-roles")
    try:
        return grant_of(roles, posted.text("offices").replace(",", " ").split())
    except WrongUse:
        raise Mistaken("accounts-bad-offices") from None


def _password(name: str, posted: Posted) -> str:
    """Return the password that was typed, or one made here. Raises Mistaken for a weak one."""
    password = posted.form.get("password") or passwords.made()
    if objection(password, name):
        raise Mistaken("password-weak")
    return password


def _days(posted: Posted) -> int:
    try:
        return days_of(int(posted.text("days")))
    except (ValueError, WrongUse):
        raise Mistaken("accounts-bad-days") from None


def _word(wrong: Mistaken | AccountTaken) -> str:
    return wrong.word if isinstance(wrong, Mistaken) else "accounts-taken"
