"""Run one benchmark: `python -m benchmarks intake`."""

import sys

from benchmarks import (
    allocate,
    drift,
    fairness,
    flush,
    intake,
    ledger,
    looking,
    repairs,
    room,
    soak,
    sweep,
    watching,
)

BENCHMARKS = {
    "allocate": allocate.main,
    "drift": drift.main,
    "fairness": fairness.main,
    "flush": flush.main,
    "intake": intake.main,
    "ledger": ledger.main,
    "looking": looking.main,
    "repairs": repairs.main,
    "room": room.main,
    "soak": soak.main,
    "sweep": sweep.main,
    "watching": watching.main,
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        sys.exit(f"name one of: {', '.join(BENCHMARKS)}")
    sys.exit(BENCHMARKS[sys.argv[1]](sys.argv[2:]))
