"""The way over HTTP, for stations without AMQP: batches that are answered after the centre's commit."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ektp.station.amqp_way import sent_at
from ektp.station.errors import CentreAway
from ektp.station.feedback import WANTED, parked_word
from ektp.station.parcels import Carried, Parcel, Said, Word

_BATCH: Final = "application/cloudevents-batch+json"
_ROOM: Final = 1_000_000  # bytes of a batch; the door takes 1 MiB
_LONGEST_PAUSE: Final = 300.0  # seconds
_ANSWER: Final = 16 * 1024 * 1024  # bytes
_LATER: Final = {408, 425, 429, 500, 502, 503, 504}
_TOO_LARGE: Final = {400, 413, 415, 422}
_LOST: Final = (OSError, http.client.HTTPException, TimeoutError)


class HttpWay:
    """A Way; each answer tells the centre's time."""

    largest = 500

    def __init__(self, address: str, token: str, now: Callable[[], float], *, deadline: float = 30.0) -> None:
        self._address, self._token, self._now, self._deadline = address.rstrip("/"), token, now, deadline
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._skew: float | None = None
        self._heard = ""

    def carry(self, parcels: Sequence[Parcel], unsent: int) -> Carried:
        """Hand in as many as one request may hold; what was parked is at the centre too. Raises CentreAway."""
        room, some = _ROOM, list[Parcel]()
        for one in parcels:
            room -= len(one.body) + 1
            if room < 0 and some:
                break
            some.append(one)
        try:
            outcomes = self._posted(some, max(unsent - len(some), 0))
        except urllib.error.HTTPError as problem:
            with problem:
                return self._refused(problem, parcels, alone=len(some) == 1)
        rest = {one.id: Said.NOT_NOW for one in parcels[len(some) :]}
        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="seconds")
        words = [
            parked_word(one.id, str(outcome.get("reason")), at)
            for one, outcome in zip(some, outcomes, strict=True)
            if outcome.get("outcome") == "parked"
        ]
        return Carried({one.id: Said.CONFIRMED for one in some} | rest, words=words, skew=self._skew)

    def words(self, most: int) -> Sequence[Word]:  # noqa: ARG002 - the other way has a queue to read
        """Return what a restored centre wants again; everything else the answer to each batch has said."""
        request = urllib.request.Request(f"{self._address}/api/v1/stations/me", headers=self._who())  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._deadline) as answer:
                wanted = json.loads(answer.read(_ANSWER))["events_wanted"]
                word = Word(str(wanted["id"]), WANTED, str(wanted["asked"]), {"since": wanted["since"]})
        except urllib.error.HTTPError as problem:
            problem.close()
            return ()
        except _LOST as lost:
            why = getattr(lost, "reason", lost)
            raise CentreAway(f"{type(why).__name__}: no answer from {self._address}") from None
        except (ValueError, KeyError, TypeError):
            return ()  # it wants nothing, or is of an older release
        if word.id == self._heard:
            return ()
        self._heard = word.id
        return (word,)

    def heard(self) -> None:
        """Nothing is to be said back."""

    def _who(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _posted(self, parcels: Sequence[Parcel], left: int) -> list[dict[str, Any]]:
        headers = {
            **self._who(),
            "Content-Type": _BATCH,
            "ektp-sent": sent_at(self._now()),
            "ektp-unsent": str(left),
        }
        body = b"[" + b",".join(one.body for one in parcels) + b"]"
        request = urllib.request.Request(f"{self._address}/events", body, headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._deadline) as answer:
                self._look_at_the_clock(answer.headers.get("Date"))
                outcomes = json.loads(answer.read(_ANSWER))["outcomes"]
        except urllib.error.HTTPError:
            raise
        except _LOST as lost:
            why = getattr(lost, "reason", lost)
            raise CentreAway(f"{type(why).__name__}: no answer from {self._address}") from None
        except (ValueError, KeyError, TypeError):
            raise CentreAway(f"what answers at {self._address} is not the centre") from None
        if not isinstance(outcomes, list) or len(outcomes) != len(parcels):
            raise CentreAway(f"what answers at {self._address} is not the centre")
        return outcomes

    def _refused(self, problem: urllib.error.HTTPError, parcels: Sequence[Parcel], *, alone: bool) -> Carried:
        code = problem.code
        if code in {401, 403}:
            raise CentreAway(f"it refuses the account ({code}): enrol again, or ask the centre", for_good=True)
        self._look_at_the_clock(problem.headers.get("Date"))
        if code in _TOO_LARGE and alone:
            return Carried({one.id: Said.NOT_NOW for one in parcels} | {parcels[0].id: Said.REFUSED}, f"answer {code}")
        if code in _LATER or code in _TOO_LARGE:
            return Carried({one.id: Said.NOT_NOW for one in parcels}, _said_by(code), _pause(problem))
        raise CentreAway(f"answer {code} from {self._address}")

    def _look_at_the_clock(self, date: str | None) -> None:
        try:
            self._skew = self._now() - parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to wherever it leads."""

    def redirect_request(self, *_: object) -> None:
        """Follow none: it becomes an error like any other answer."""


def _said_by(code: int) -> str:
    return "it asks to wait: too much at once (429)" if code == 429 else f"it answers {code}: not now"


def _pause(problem: urllib.error.HTTPError) -> float:
    try:
        return min(max(float(problem.headers.get("Retry-After") or 0), 0.0), _LONGEST_PAUSE)
    except ValueError:
        return 0.0
