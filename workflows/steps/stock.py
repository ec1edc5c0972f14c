"""The step that watches the stock: an office that runs out says so once, in time."""

from workflows.ports import Shelves
from workflows.steps.step import Done, Remark


def watch_stock(shelves: Shelves) -> Done:
    """Tell of every office that fell below a reorder point since the last look."""
    fallen = shelves.watch()
    return Done(remarks=tuple(
        Remark("stock-low", {"office": office, "what": what, "left": left}) for office, what, left in fallen
    ))  # fmt: skip
