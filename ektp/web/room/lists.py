"""Lists taken away as a file that a spreadsheet opens."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from starlette.responses import StreamingResponse

from ektp.spreadsheet import csv_parts


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> StreamingResponse:
    """Answer with a CSV file of these columns, written as its rows are read.

    What cannot be read is said on a page, and not at the head of a file: the first rows are read before the answer.
    """
    parts = csv_parts(columns, rows)
    begun = next(parts)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(chain([begun], parts), media_type="text/csv; charset=utf-8", headers=headers)
