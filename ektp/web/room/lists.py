"""Lists taken away as a file that a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.responses import StreamingResponse

_AT_A_TIME: Final = 64 * 1024  # characters
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> StreamingResponse:
    """Answer with a CSV file of these columns, written as its rows are read."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(_written(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _written(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
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
