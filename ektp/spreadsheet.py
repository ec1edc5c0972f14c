"""Lists as CSV that a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

_AT_A_TIME: Final = 64 * 1024  # characters
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_parts(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the text of a CSV of these columns in parts, as its rows are read."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
        if page.tell() > _AT_A_TIME:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a list holds
    """Write a value so that no spreadsheet takes what somebody wrote for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
