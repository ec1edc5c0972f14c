"""Run one benchmark: `python -m benchmarks intake`."""

import sys

from benchmarks import intake, ledger, soak, sweep

BENCHMARKS = {"intake": intake.main, "ledger": ledger.main, "soak": soak.main, "sweep": sweep.main}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        sys.exit(f"name one of: {', '.join(BENCHMARKS)}")
    sys.exit(BENCHMARKS[sys.argv[1]](sys.argv[2:]))
