"""The operators at the regency: they say that the centre is down, and that it is up again."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from ektp.simulation.agenda import Saying
from ektp.simulation.heard import Ear
from ektp.simulation.town import Town, number_of

_NOTICED: Final = 60  # minutes after it went down
_UP: Final = 5  # minutes after it came back
_CENTRE: Final = "centre"


class Operators:
    """They telephone with the centre, and hear nothing of the pipeline."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._name = f"operator_{number_of(town.scenario.regency)}"
        if town.down is not None:
            since, until = town.down
            town.plan(town.days.later(since, _NOTICED), _CENTRE, partial(self._declare, since))
            town.plan(town.days.later(until, _UP), _CENTRE, self._end)

    @property
    def ears(self) -> Mapping[str, Ear]:
        """Nothing."""
        return {}

    def _declare(self, since: datetime, moment: datetime) -> Saying:
        because = "the line to the centre is down"
        said = self._town.say("outage-declared", _CENTRE, self._name, moment, from_=since.isoformat(), because=because)
        return _over_a_good_line(said)

    def _end(self, moment: datetime) -> Saying:
        because = "the line is up again"
        return _over_a_good_line(self._town.say("outage-ended", _CENTRE, self._name, moment, because=because))


def _over_a_good_line(saying: Saying) -> Saying:
    """Let it leave at once: an outage that is declared in the evening or twice would be another one."""
    return Saying(saying.event, carried=True)
