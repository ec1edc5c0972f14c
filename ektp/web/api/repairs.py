"""The API of repairs: groups of what is parked, plans, and the decisions about them."""

import json
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse

from ektp.reading.causes import By, groups
from ektp.reading.repairs import MOST, repair, repair_items, repairs
from ektp.repairing.comparison import changes_of
from ektp.repairing.correction import Kind
from ektp.repairing.desk import Decision, RepairDesk
from ektp.repairing.planning import Wish, planner_of
from ektp.repairing.selection import Selection
from ektp.web.access.asking import Asker
from ektp.web.contract import body_of
from ektp.web.door.body import read_body
from ektp.web.errors import BodyTooLarge, NotAsked
from ektp.web.web import web_of
from schemas.errors import Refused
from schemas.wire_json import read_object
from workflows.repairs import RATE, THRESHOLD

router = APIRouter(prefix="/api/v1", tags=["repairing"], responses={401: {"description": "No token, no session"}})
_LARGEST: Final = 1024 * 1024  # bytes
_TEXT: Final = 500
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    403: {"description": "A second person is needed"},
    404: {"description": "There is none"},
    409: {"description": "Not in this state"},
}
_REFUSED_PLAN: Final[dict[int | str, dict[str, Any]]] = {
    **_REFUSALS,
    408: {"description": "The body took too long"},
    413: {"description": "A plan may have 1 MiB"},
    422: {"description": "It is no plan, or its correction may not be made"},
}
Id = Annotated[UUID, Field(strict=False)]


class Filter(BaseModel):
    """What the items of a repair have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reason: Annotated[str, Field(max_length=_TEXT)] | None = None
    station: Annotated[str, Field(max_length=_TEXT)] | None = None
    office: Annotated[str, Field(max_length=_TEXT)] | None = None
    type: Annotated[str, Field(max_length=_TEXT)] | None = None


class Plan(BaseModel):
    """What somebody wants to repair, and how; exactly one of ids, group and filter."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    because: Annotated[str, Field(min_length=1, max_length=_TEXT)]
    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)] | None = None
    group: Annotated[str, Field(max_length=_TEXT)] | None = None
    filter: Filter | None = None
    patch: list[dict[str, Any]] | None = None
    edit: dict[str, Any] | None = None
    threshold: Annotated[float, Field(ge=0, le=1, strict=False)] = THRESHOLD
    rate: Annotated[int, Field(ge=1, le=RATE)] = RATE

    @model_validator(mode="after")
    def _means_one_thing(self) -> "Plan":
        if sum(one is not None for one in (self.ids, self.group, self.filter)) != 1:
            raise ValueError("give one of ids, group and filter")
        if self.patch is not None and self.edit is not None:
            raise ValueError("give one of patch and edit")
        return self

    def wish(self, by: str) -> Wish:
        """Return it as the wish of somebody."""
        chosen = self.filter or Filter()
        ids = tuple(dict.fromkeys(self.ids or ()))
        selection = Selection(ids, self.group, chosen.reason, chosen.station, chosen.office, chosen.type)
        kind: Kind | None = "patch" if self.patch is not None else "edit" if self.edit is not None else None
        said = b"" if kind is None else json.dumps(self.patch if kind == "patch" else self.edit).encode()
        return Wish(selection, by, self.because, kind, said, self.threshold, self.rate)


async def _planned(request: Request) -> Plan:
    """Read what is planned. Raises BodyTooLarge, NotAsked and TooSlow."""
    body = await read_body(request, _LARGEST)
    if body.too_large:
        raise BodyTooLarge(f"a plan may have {_LARGEST // 1024} KiB")
    try:
        return Plan.model_validate(read_object(body.content))
    except Refused as refused:
        raise NotAsked(f"the body is no plan: {refused.reason}") from None
    except ValidationError as error:
        names = {str(one["loc"][0]) for one in error.errors(include_input=False) if one["loc"]}
        known = sorted(names & Plan.model_fields.keys())
        raise NotAsked(
            f"the body is no plan: {', '.join(known) or 'because, and one of ids, group and filter'}"
        ) from None


@router.get("/parked/groups")
def grouped(
    request: Request, _account: Asker, by: Annotated[By, Query(description="What makes a group")] = By.CAUSE
) -> list[dict[str, Any]]:
    """Count what is parked and open in groups, and what is new since the last release was started."""
    with web_of(request).snapshot() as connection:
        return groups(connection, by)


@router.post("/repairs", status_code=201, responses=_REFUSED_PLAN, openapi_extra=body_of(Plan))
def plan(request: Request, account: Asker, planned: Annotated[Plan, Depends(_planned)]) -> dict[str, Any]:
    """Plan a repair: what would become of each item now is foreseen, and nothing is changed."""
    wish = planned.wish(account.name)
    if wish.selection.is_empty:
        raise NotAsked("the filter names nothing")
    return _shown(request, str(planner_of(web_of(request).parts).plan(wish)))


@router.get("/repairs")
def listed(request: Request, _account: Asker) -> list[dict[str, Any]]:
    """List the repairs, the newest first."""
    with web_of(request).snapshot() as connection:
        return repairs(connection)


@router.get("/repairs/{id_}", responses={404: {"description": "There is none"}})
def shown(request: Request, id_: UUID, _account: Asker) -> dict[str, Any]:
    """Show one repair: what is foreseen, and what became of its items so far."""
    return _shown(request, str(id_))


@router.get("/repairs/{id_}/items", responses={404: {"description": "There is none"}})
def items(
    request: Request,
    id_: UUID,
    _account: Asker,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The number of the last item of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most")] = MOST,
) -> JSONResponse:
    """List its items in their order; where there are more, a Link header leads to the next page."""
    with web_of(request).snapshot() as connection:
        repair(connection, str(id_))
        found = list(repair_items(connection, str(id_), after=after, most=limit + 1))
    answer = JSONResponse(found[:limit])
    if len(found) > limit:
        following = f"after={found[limit - 1]['number']}&limit={limit}"
        answer.headers["Link"] = f'</api/v1/repairs/{id_}/items?{following}>; rel="next"'
    return answer


@router.get("/repairs/{id_}/items/{number}/changes", responses={404: {"description": "There is none"}})
def changes(request: Request, id_: UUID, number: int, _account: Asker) -> list[dict[str, Any]]:
    """Show what the correction changes in one item, the person masked."""
    if not 0 < number < 2**31:
        raise NotAsked("number is the number of an item")
    parts = web_of(request).parts
    return changes_of(parts.engine, parts.vault, str(id_), number)


@router.post("/repairs/{id_}/approve", responses=_REFUSALS)
def approve(request: Request, id_: UUID, account: Asker) -> dict[str, Any]:
    """Approve a repair that somebody else planned."""
    parts = web_of(request).parts
    RepairDesk(parts.engine, parts.audit.chain).approve(id_, account.name)
    return _shown(request, str(id_))


@router.post("/repairs/{id_}/{decision}", responses=_REFUSALS)
def decide(request: Request, id_: UUID, decision: Decision, account: Asker) -> dict[str, Any]:
    """Set a repair going, let it rest, or end it."""
    parts = web_of(request).parts
    RepairDesk(parts.engine, parts.audit.chain).decide(decision, id_, account.name)
    return _shown(request, str(id_))


def _shown(request: Request, name: str) -> dict[str, Any]:
    with web_of(request).snapshot() as connection:
        return repair(connection, name)
