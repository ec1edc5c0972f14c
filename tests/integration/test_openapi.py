"""The API does what its document says: requests made from it, right ones and wrong ones, by everybody."""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ektp.bootstrap import Parts
from ektp.contracts.schemas import model_schema
from ektp.web.problems import MEDIA_TYPE
from schemas.events import EVENTS
from schemas.nik import holds_nik
from tests.enrolled import enrolled
from tests.histories import History, invented_nik
from tests.parking_town import PATCH, misspelt
from tests.stock import received
from tests.visitor import token_of
from tests.web_client import WebClient
from workflows.permissions import Role

TIMES: Final = 6  # right requests to each operation, and as many wrong ones, each from everybody
DOOR: Final = 4  # times more to the door for events
PATIENCE: Final = 30  # seconds
NIK: Final = invented_nik(337)
#: Answers otherwise than with a problem, or must fail here: there is no broker.
PROBES, STREAM = frozenset({"/readyz"}), "/api/v1/notices"
#: Whoever may ask is told a NIK; nobody else and nowhere else.
TELLING: Final = {"POST /api/v1/applications/{application}/reveal", "GET /api/v1/requests/{id_}/subject"}
CONFORMS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Asked:
    """One way to ask: as it is generated, or about what there is, or with a NIK wherever a text may stand."""

    case: Case[Any]
    known: bool
    person: bool

    def by(self, web: WebClient, there: Mapping[str, Any]) -> Response:
        """Ask."""
        for given_values in (self.case.path_parameters, self.case.query):
            for name in given_values:
                if self.person and isinstance(given_values[name], str):
                    given_values[name] = NIK
                elif self.known and name in there:
                    given_values[name] = there[name]
        if self.person and isinstance(self.case.body, dict):
            self.case.body = {name: NIK if isinstance(said, str) else said for name, said in self.case.body.items()}
        headers = {"Authorization": f"Bearer {web.token}"} if web.token else {}
        return self.case.call(base_url=web.address, headers=headers, timeout=PATIENCE)


@pytest.fixture
def there(web: WebClient) -> dict[str, Any]:
    """Make an application, a blanko, parked messages and a repair of them; return their names as parameters."""
    history, office = History().recorded().verified(), "33.74"
    outcomes = web.batch(
        *history.events, received("OA0001", "OA0009", office), *(misspelt() for _ in range(3))
    ).outcomes
    assert [one for one, _ in outcomes] == ["applied"] * 3 + ["parked"] * 3
    wish = {"because": "a test", "filter": {"reason": "bad-data"}, "patch": PATCH}
    planned = web.ask("POST", "/api/v1/repairs", json.dumps(wish).encode(), content_type="application/json")
    assert planned.status == 201
    return {
        "application": str(history.application),
        "serial": "OA0001",
        "event": history.events[0]["id"],
        "id_": planned.json["repair"],
        "number": 1,
        "office": office,
    }


@pytest.fixture
def everybody(web: WebClient, parts: Parts) -> dict[str, WebClient]:
    """Give a client of each role, of a station, of nobody, and of who may do everything."""
    programs = {role.value: WebClient(web.address, token_of(parts, role, role)) for role in Role}
    return {"everything": web, **programs, "station": enrolled(parts).client(web), "nobody": WebClient(web.address)}


def document_of(web: WebClient) -> dict[str, Any]:
    """Return the document of a server, with the schemas of the contract for what is in it a mere event.

    Without its word about tokens: who asks is the test's affair, and a wrong request comes with a token too.
    """
    document: dict[str, Any] = web.get("/openapi.json").json
    del document["components"]["securitySchemes"]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    place = "#/components/schemas/{model}"
    every = [model_schema("events", name, place) for name in EVENTS]
    for one in every:
        document["components"]["schemas"].update(one.pop("$defs", {}))
    for content in document["paths"]["/events"]["post"]["requestBody"]["content"].values():
        several = content["schema"]["type"] == "array"
        content["schema"] = {"type": "array", "items": {"oneOf": every}, "maxItems": 3} if several else {"oneOf": every}
    return document


def _ask(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    everybody: Mapping[str, WebClient],
    there: Mapping[str, Any],
) -> Counter[tuple[str, int]]:
    """Let everybody ask, the same at each run, and hold each answer against the document."""
    ways = st.builds(Asked, operation.as_strategy(mode), st.booleans(), st.booleans())
    answers = Counter[tuple[str, int]]()
    times = TIMES * (DOOR if operation.path == "/events" else 1)

    @settings(
        max_examples=times, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(ways)
    def ask(asked: Asked) -> None:
        for who, client in everybody.items():
            answer = asked.by(client, there)
            answers[who, answer.status_code] += 1
            asked.case.validate_response(answer, checks=CONFORMS)
            if operation.path != STREAM:
                asked.case.validate_response(answer, checks=[not_a_server_error])
            told = operation.label in TELLING and answer.status_code == 200
            assert told or not holds_nik(answer.text), operation.label
            if answer.status_code >= 400 and operation.path not in PROBES:
                assert answer.headers["content-type"] == [MEDIA_TYPE], operation.label
                assert answer.json()["status"] == answer.status_code

    try:
        ask()
    except Unsatisfiable:  # nothing that it takes can be wrong
        assert mode is GenerationMode.NEGATIVE
    return answers


@pytest.mark.slow
def test_every_operation_answers_everybody_as_its_document_says(
    web: WebClient, everybody: dict[str, WebClient], there: dict[str, Any]
) -> None:
    """No fault, no status, type or shape that is not declared, a problem for each refusal, no NIK in any answer."""
    document = document_of(web)
    operations = [*schemathesis.openapi.from_dict(document).get_all_operations()]
    assert len(operations) == sum(map(len, document["paths"].values()))
    answers = Counter[tuple[str, int]]()
    for found in operations:
        for mode in GenerationMode:
            answers += _ask(found.ok(), mode, everybody, there)  # type: ignore[union-attr]  # else it fails here
    for name in everybody:
        told = {status: count for (who, status), count in sorted(answers.items()) if who == name}
        sys.stdout.write(f"{name}: {told}\n")
    assert {status for who, status in answers if who == "everything"} >= {200, 202, 404, 409, 415, 422}
