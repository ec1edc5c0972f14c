"""What can go wrong at a station.

StationError
├── NotEnrolled           (exit 2)
├── EnrolmentUnusable     (exit 2)
├── KeyMissing            (exit 3)
├── KeyDiffers            (exit 3)
├── SpoolUnusable         (exit 3)
│   ├── SpoolFull
│   └── SpoolBusy
├── RecordingRefused      (exit 1)
├── FlushRunning          (exit 1)
└── CentreAway            (exit 3)
"""

from pathlib import Path

from ektp.errors import EktpError


class StationError(EktpError):
    """The station cannot do what was asked."""


class NotEnrolled(StationError):
    """No centre has been told to this station yet."""

    exit_code = 2

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return f"there is no enrolment in {self.home}: type `ektp station enroll FILE` with what the centre gave you"


class EnrolmentUnusable(StationError):
    """What the centre gave cannot be read, or belongs to another station; its secrets are never echoed."""

    exit_code = 2

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the enrolment cannot be used: {self.why}"


class KeyMissing(StationError):
    """The key that opens the spool is not there."""

    exit_code = 3

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        return (
            f"the station's key is not there ({self.where}): put the stick in, or set EKTP_STATION_KEY_FILE; without it"
            " nothing in the spool can be read, and nothing is lost"
        )


class KeyDiffers(StationError):
    """The key is another one than the spool was written with."""

    exit_code = 3

    def __str__(self) -> str:
        return "the station's key is not the one this spool was written with: set EKTP_STATION_KEY_FILE to the old one"


class SpoolUnusable(StationError):
    """The spool cannot be read or written; what was said to be kept before is in it."""

    exit_code = 3

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return f"the spool {self.path} cannot be used ({self.why}): nothing of this step was kept, all before it is"


class SpoolFull(SpoolUnusable):
    """There is no room on the disk of the spool."""

    def __str__(self) -> str:
        return (
            f"no room for the spool {self.path} ({self.why}): this step was not kept, all before it is; make room on"
            " the disk and do it again"
        )


class SpoolBusy(SpoolUnusable):
    """Another process has been writing for too long."""

    def __str__(self) -> str:
        return f"another process has held the spool {self.path} for too long: nothing was kept, do it again"


class RecordingRefused(StationError):
    """What was to be recorded cannot be, or is not this station's to say."""


class FlushRunning(StationError):
    """Another flush of this spool is on its way."""

    exit_code = 1

    def __str__(self) -> str:
        return "another flush of this station is running: it sends everything, wait for it"


class CentreAway(StationError):
    """The centre cannot be reached, or lets nobody in with these credentials; everything stays in the spool."""

    exit_code = 3

    def __init__(self, because: str, for_good: bool = False) -> None:
        super().__init__(because, for_good)
        self.because = because
        self.for_good = for_good  #: Trying again is of no use until a person has done something.

    def __str__(self) -> str:
        return f"the centre does not take anything ({self.because}): everything stays in the spool"
