"""Plots: a Typst template of ours and data in, an SVG or a PNG out; nothing else is read and no font of the machine."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final, Literal

import typst

_PPI: Final = 150


def plot(template: str, data: Mapping[str, Any], form: Literal["svg", "png"]) -> bytes:
    """Return the one page that the template (a name in ektp/data) makes of *data* (JSON values)."""
    source = resources.files("ektp").joinpath("data", template).read_bytes()
    inputs = {"data": json.dumps(data)}
    made = typst.compile(source, format=form, ppi=_PPI, sys_inputs=inputs, ignore_system_fonts=True)
    assert isinstance(made, bytes), "a plot has one page"
    return made
