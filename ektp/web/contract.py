"""The OpenAPI document: what each route says of itself, and every problem that may come in place of its answer."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from ektp.web.access.rights import Door, right_of
from ektp.web.problems import MEDIA_TYPE

_PROBLEM: Final = {
    "type": "object",
    "description": "What went wrong (RFC 9457); nothing of the request is repeated",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:ektp:problem:[a-z0-9-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence that may be shown to anybody"},
    },
}
_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# FastAPI's own, with which nobody is answered.
_NEVER: Final = frozenset({"HTTPValidationError", "ValidationError"})
_TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "401": "No token and no session, or not one of ours",
        "403": "The account may not do this",
        "422": "A parameter has a value that it cannot have",
        "429": "More than this account may ask: try again after Retry-After",
        "503": "A service that is needed is not there: nothing was done, try again",
    }
)


class Documented(FastAPI):
    """An application whose document also tells of the problems that its routes share."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made at the first call."""
        if self.openapi_schema is None:
            self.openapi_schema = _with_problems(super().openapi())
        return self.openapi_schema


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return what the document says of a body that the route reads by itself, as one JSON object of this model."""
    schema = model.model_json_schema()
    inner = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _whole(schema, inner)}}}}


def _whole(schema: Any, inner: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    match schema:
        case {"$ref": str(name)}:
            return _whole(inner[name.rpartition("/")[2]], inner)
        case dict():
            return {key: _whole(value, inner) for key, value in schema.items()}
        case list():
            return [_whole(value, inner) for value in schema]
        case _:
            return schema


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _NEVER & schemas.keys():
        del schemas[name]
    schemas["Problem"] = _PROBLEM
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            for status in _shared(method.upper(), path, asks="parameters" in operation):
                if status == "422" or status not in answers:
                    answers[status] = {"description": _TOLD[status]}
            for status, answer in answers.items():
                if status >= "400":
                    answer.setdefault("content", _CONTENT)
    return document


def _shared(method: str, path: str, *, asks: bool) -> Iterator[str]:
    """Yield the problems that a route shares with others like it."""
    right = right_of(method, path)
    if right is not Door.PUBLIC:
        yield from ("401", "403", "503")
    if right is Door.STATION:
        yield "429"
    if asks:
        yield "422"
