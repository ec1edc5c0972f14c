"""Logging: one event a line, JSON or for the eye, and never sixteen digits of a person."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

_NIK: Final = re.compile(r"(?<![0-9])[0-9]{16}(?![0-9])")
_MASK: Final = "****************"


def masked(value: object) -> object:
    """Return *value* with every run of sixteen digits masked, however deep it lies."""
    match value:
        case str():
            return _NIK.sub(_MASK, value)
        case bytes():
            return masked(value.decode(errors="replace"))
        case int() if not isinstance(value, bool) and _NIK.fullmatch(str(value)):
            return _MASK
        case dict():
            return {masked(key): masked(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [masked(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return masked(str(value))


def _mask_all(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask as the last step before rendering, so that nothing added on the way escapes."""
    return {key: masked(value) for key, value in event.items()}


def configure(log_format: str | None, *, level: int = logging.INFO) -> None:
    """Send structlog's and the libraries' records to stderr, as `json` or `console` (None: by the terminal)."""
    console = log_format == "console" or (log_format is None and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _mask_all, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The libraries tell every reconnect, and pika each failure many times with tracebacks; we say it once.
    for noisy, least in (("amqp", logging.ERROR), ("kombu", logging.ERROR), ("pika", logging.CRITICAL)):
        logging.getLogger(noisy).setLevel(least)
    # Celery tells of each task that it came and went, and we of the step.
    for chatty in ("alembic", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # A command that is over at once gains nothing by it, and another in the same process may log elsewhere.
        cache_logger_on_first_use=level < logging.WARNING,
    )
