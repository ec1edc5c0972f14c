"""Has every subscriber the queue, the bindings and the rights that were registered? Asked without changing any."""

from collections.abc import Iterator
from typing import Final

from consumers.errors import StoreAway
from ektp.bootstrap import Parts
from ektp.reading.errors import NotMigrated
from ektp.subscribers.following import Following
from ektp.verification.diagnosis import Diagnosis, Level
from workflows.following import differences

_SHOWN: Final = 5
_MEND: Final = "run `ektp subscribers mend NAME`, then `replay` what it did not hear"


def of_the_subscribers(made: Parts) -> Iterator[Diagnosis]:
    """Look at the subscribers at the broker, where there is one."""
    url = made.settings.broker()
    if url is None:
        return
    try:
        found = Following(made.engine, url, made.settings.management()).look()
    except (StoreAway, NotMigrated):
        return  # told of the database already
    if found is None:
        return  # told of the broker already
    if not found:
        yield Diagnosis("subscribers", Level.OK, "there is none")
        return
    wrong = [f"{one.name}: {fault}" for one in found for fault in differences(one)]
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        yield Diagnosis("subscribers", Level.FAIL, f"{'; '.join(wrong[:_SHOWN])}{more}", _MEND)
    elif any(one.bound is None for one in found):
        yield Diagnosis("subscribers", Level.LOOK, f"{len(found)}, their bindings are unknown",
                        "set EKTP_BROKER_MANAGEMENT_URL")  # fmt: skip
    else:
        yield Diagnosis("subscribers", Level.OK, f"{len(found)}, each bound as it was registered")
