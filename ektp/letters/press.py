"""The press: a template, what it says and a QR code become a PDF."""

from collections.abc import Mapping
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Final

import segno
import typst

from ektp.errors import WrongUse
from ektp.letters.errors import TemplateBroken

OURS: Final = Path(str(resources.files("ektp").joinpath("data", "letters")))


class Press:
    """Prints with the templates of *folder* where there is one of the name, else with ours; only embedded fonts.

    Raises WrongUse where there is no such folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise WrongUse(f"letters.templates: {folder} is no folder: correct the path, or remove the setting")
        self._folder = folder

    def printed(self, template: str, address: str, said: Mapping[str, str]) -> bytes:
        """Return the PDF of a template (`suket`, `resi`) that says *said*, with a QR code to *address*.

        Raises TemplateBroken; its text says nothing of what was said.
        """
        path = self._path(template)
        inputs = {**said, "address": address, "qr": _qr(address)}
        try:
            return _set(path, inputs)
        except (typst.TypstError, RuntimeError):
            # Its text may quote what was said: what is wrong is found out with nobody's data.
            reason = _reason(path, dict.fromkeys(said, "contoh") | {"address": address, "qr": inputs["qr"]})
        raise TemplateBroken(str(path), reason)

    def plain(self, template: str, said: Mapping[str, str]) -> bytes:
        """Return the PDF of a template that speaks of nobody and leads nowhere. Raises TemplateBroken."""
        path = self._path(template)
        try:
            return _set(path, dict(said))
        except (typst.TypstError, RuntimeError):
            raise TemplateBroken(str(path), _reason(path, dict(said))) from None

    def _path(self, template: str) -> Path:
        own = self._folder / f"{template}.typ" if self._folder else None
        return own if own is not None and own.is_file() else OURS / f"{template}.typ"


def _set(path: Path, inputs: dict[str, str]) -> bytes:
    # The root lets a template use what lies beside it, such as the office's arms, and nothing else.
    made = typst.compile(str(path), root=str(path.parent), ignore_system_fonts=True, sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made


def _reason(path: Path, inputs: dict[str, str]) -> str:
    try:
        _set(path, inputs)
    except (typst.TypstError, RuntimeError) as error:
        return str(error).partition("\n")[0].strip() or type(error).__name__
    return "it can be set with other words than these"


def _qr(address: str) -> str:
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=4)
    return drawn.getvalue().decode()
