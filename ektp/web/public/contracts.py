"""The contract for people and programs: every message with its fields and an example, and the files to take away."""

from functools import cache
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ektp.contracts import asyncapi, fields, schemas
from ektp.contracts.documents import documents
from ektp.contracts.examples import example
from ektp.contracts.schemas import FAMILIES, messages
from ektp.web.problems import problem
from ektp.web.sheets import sheet
from schemas.events import OPERATOR_EVENTS, SYSTEM_EVENTS

router = APIRouter(include_in_schema=False)
_YAML: Final = "application/yaml"
_JSON: Final = "application/schema+json"


@router.get("/contracts")
def shown(request: Request) -> Response:
    """Show every event, notice, request and word to a station, as a reader and a program see it."""
    return sheet(request, "contracts.html", version=asyncapi.VERSION, families=_families())


@router.get("/contracts/asyncapi.yaml")
def as_asyncapi() -> Response:
    """Give the whole contract as AsyncAPI."""
    return Response(_texts()["asyncapi.yaml"], media_type=_YAML)


@router.get("/contracts/{kind}/{file}")
def as_schema(kind: str, file: str) -> Response:
    """Give the JSON Schema of one message: /contracts/events/recorded.json; also by the name of its file here."""
    name = file.removesuffix(".json").removesuffix(".v1")
    text = _texts().get(f"{kind}/{name}.v1.json") if file.endswith(".json") else None
    if text is None:
        return problem(404, "unknown", "there is no such message: /contracts lists them")
    return Response(text, media_type=_JSON)


@cache
def _texts() -> dict[str, str]:
    return documents()


@cache
def _families() -> list[dict[str, Any]]:
    """Return every message by family, as the page draws it; it is the same for everybody."""
    return [
        {"name": family, "messages": [_message(family, name) for one, name in messages() if one == family]}
        for family in FAMILIES
    ]


def _message(family: str, name: str) -> dict[str, Any]:
    schema = schemas.model_schema(family, name)
    said = "operator" if name in OPERATOR_EVENTS else "system" if name in SYSTEM_EVENTS else None
    return {
        "name": name,
        "type": f"id.ektp.{name}.v1",
        "about": schema["description"],
        "said_by": said if family == "events" else None,
        "fields": fields.of(schema),
        "example": fields.written(example(family, name)),
    }
