"""The door for events over HTTP: read, applied through the journal, and answered after the commit."""

from collections.abc import Sequence
from dataclasses import replace
from queue import LifoQueue
from typing import TYPE_CHECKING, Annotated, Any, Final

import anyio.to_thread
import structlog
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse

from consumers.errors import IntakeHalted
from consumers.outcome import Outcome
from ektp.web.asking import speaker
from ektp.web.accounts import Account
from ektp.web.batch import BATCH_TYPE, LARGEST_BATCH, cut
from ektp.web.body import Body, read_body
from ektp.web.problems import problem, status_of
from ektp.web.web import Web, web_of
from schemas.cloudevents import LARGEST, PREFIX, STRUCTURED_TYPE
from schemas.errors import Refused
from schemas.reasons import REASONS, Reason
from schemas.refusals import Refusal, refusal
from schemas.submission import Door, Submission, read_line, read_message
from schemas.values import is_station
from schemas.wire_json import read_object

if TYPE_CHECKING:
    from consumers.journal import Journal
    from ektp.bootstrap import Parts
