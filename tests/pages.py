"""Tables in a page of docs/ that are written by the program, between comments with their name."""

import re
from collections.abc import Callable
from pathlib import Path


def table_in(page: Path, name: str, written: Callable[[], str], *, rewrite: bool) -> str:
    """Return the table as it stands in the page, after it was written anew if told to."""
    block = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    text = page.read_text()
    if rewrite:
        text = block.sub(lambda _: written(), text, count=1)
        page.write_text(text)
    found = block.search(text)
    assert found is not None
    return found[0]
