"""Who sends events in a request, and what: an account by its token before the body is read, or by its signature."""

import time

import anyio.to_thread
from starlette.requests import Request

from ektp.web.access.accounts import Account
from ektp.web.access.asking import Credentials, bearer
from ektp.web.door.batch import LARGEST_BATCH, is_batch
from ektp.web.door.body import Body, read_body
from ektp.web.door.signatures import NOT_SIGNED, Signed, is_signed, read_signature
from ektp.web.errors import BodyTooLarge, Forbidden, TooMany, Unauthorised
from ektp.web.web import Web, web_of
from schemas.cloudevents import LARGEST
from workflows.permissions import Action


async def sent(request: Request, given: Credentials) -> tuple[Account, Body]:
    """Return who sends, and the body. Raises Unauthorised, Forbidden, BodyTooLarge, TooSlow, TooMany and StoreAway.

    Of an account that has used up what it may send no body is read; a signature can be judged only by the whole body.
    """
    most = LARGEST_BATCH if is_batch(request.headers) else LARGEST
    if is_signed(request.headers):
        signed = read_signature(request.headers)
        body = await read_body(request, most)
        if body.too_large:
            raise BodyTooLarge("a signed event has at most 64 KiB, a batch 1 MiB")
        account = await anyio.to_thread.run_sync(_signer, web_of(request), signed, body.content)
        _require_room(web_of(request), account)
        return account, body
    account = await anyio.to_thread.run_sync(bearer, request, given)
    if account.station is None and not account.may(Action.SEND):
        raise Forbidden("the roles of this account do not allow this: stations send events")
    _require_room(web_of(request), account)
    with web_of(request).crowd.place(account.station and account.station.name):
        return account, await read_body(request, most)


def take_room(web: Web, account: Account, events: int) -> None:
    """Count what a station sends; a request without any event counts as one. Raises TooMany."""
    if account.station and (wait := web.rates.take(account.station.name, max(1, events))):
        raise TooMany(wait)


def _require_room(web: Web, account: Account) -> None:
    if account.station and (wait := web.rates.wait(account.station.name)):
        raise TooMany(wait)


def _signer(web: Web, signed: Signed, body: bytes) -> Account:
    """Return who signed the body; whatever is wrong, the answer is the same. Raises Unauthorised and StoreAway."""
    known = web.accounts.signing(signed.station)
    account, secret = known or (None, bytes(32))
    if not signed.by(secret, body, time.time()) or account is None:
        raise Unauthorised(NOT_SIGNED)
    return account
