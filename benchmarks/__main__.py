"""Run one benchmark: `python -m benchmarks intake`."""

import sys

from benchmarks import (
    allocate,
    board,
    drift,
    fairness,
    flush,
    intake,
    ledger,
    listing,
    looking,
    repairs,
    room,
    soak,
    sweep,
    watching,
)

BENCHMARKS = {
    "allocate": allocate.main,
    "board": board.main,
    "drift": drift.main,
    "fairness": fairness.main,
    "flush": flush.main,
    "intake": intake.main,
    "ledger": ledger.main,
    "listing": listing.main,
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
