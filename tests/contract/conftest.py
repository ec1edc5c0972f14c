"""What several contract tests share."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.servers.proxy import FaultProxy
from tests.servers.rabbit import PrivateRabbit


@pytest.fixture
def proxy(rabbit: PrivateRabbit) -> Iterator[FaultProxy]:
    """Give a proxy in front of the broker."""
    with FaultProxy(("127.0.0.1", urlsplit(rabbit.url).port or 0)) as between:
        yield between
