"""The rules of the house that a machine can keep."""

import ast
import importlib
import inspect
import pickle
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "workflows", "consumers", "ektp")
LONGEST = 300  # lines
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
SAMPLES: dict[object, object] = {str: "word", int: 3, float: 2.5, bool: True, Path: Path("file"), UUID: UUID(int=7)}
# Runs in a child: every module is imported anew, and a connection or a thread ends it.
IMPORT_ALL = """
import importlib, socket, sys, threading
def refuse(*where): raise AssertionError(f"an import connects to {where}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert threading.active_count() == 1, f"{name} starts a thread when it is imported"
"""


def files(*folders: str) -> Iterator[Path]:
    """Give the Python files below some folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def names(paths: Iterator[Path]) -> list[str]:
    """Return the paths as seen from the project."""
    return [str(path.relative_to(ROOT)) for path in paths]


def modules() -> list[str]:
    """Return the names of our modules that may be imported by anybody."""
    paths = (path.relative_to(ROOT) for path in files(*PACKAGES) if path.stem not in ("__main__", "env"))
    return [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths if "versions" not in path.parts
    ]


def errors() -> list[type[Exception]]:
    """Return every exception that one of our errors modules defines."""
    found = []
    for name in modules():
        if name.endswith(".errors"):
            module = importlib.import_module(name)
            found += [kind for kind in vars(module).values() if inspect.isclass(kind) and kind.__module__ == name]
    return [kind for kind in found if issubclass(kind, Exception)]


def sample(wanted: object) -> object:
    """Return some value of an annotated type."""
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return next(iter(wanted))
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        return sample(typing.get_args(wanted)[0])
    if typing.get_origin(wanted) is typing.Literal:
        return typing.get_args(wanted)[0]
    if typing.get_origin(wanted) is not None:
        return tuple(sample(kind) for kind in typing.get_args(wanted)[:1])
    return SAMPLES[wanted]


def raised(kind: type[Exception]) -> Exception:
    """Make one exception of a kind, with a value for each argument."""
    if not isinstance(kind.__init__, types.FunctionType):
        return kind("word")
    wanted = typing.get_type_hints(kind.__init__)
    wanted.pop("return", None)
    parameters = inspect.signature(kind).parameters
    return kind(*(sample(wanted[name]) for name in parameters))


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    """A longer one holds two ideas."""
    paths = (path for path in files(*PACKAGES, "tests") if len(path.read_text().splitlines()) > LONGEST)
    assert names(paths) == []


def test_a_module_is_named_after_what_it_is() -> None:
    """Not after the fact that it holds things."""
    paths = (path for path in files(*PACKAGES, "tests") if NO_NAMES & set(path.stem.split("_")))
    assert names(paths) == []


def test_a_package_says_what_it_is_and_nothing_else() -> None:
    """Every __init__ is a docstring."""

    def says_more(path: Path) -> bool:
        tree = ast.parse(path.read_text())
        return ast.get_docstring(tree) is None or len(tree.body) != 1

    assert names(path for path in files(*PACKAGES) if path.name == "__init__.py" and says_more(path)) == []


@pytest.mark.slow
def test_importing_connects_to_nothing_and_starts_nothing() -> None:
    """Everything is put together when a command runs, so that --help needs no server."""
    subprocess.run([sys.executable, "-c", IMPORT_ALL, *modules()], check=True, cwd=ROOT, timeout=240)


def test_the_packages_are_ours_and_not_a_strangers_of_the_same_name() -> None:
    """`workflows` is a common name: all of ours lie side by side, and nobody's `tests` is before ours."""
    assert {Path(importlib.import_module(name).__file__ or "").parents[1] for name in PACKAGES} == {ROOT}
    assert [Path(place) for place in importlib.import_module("tests").__path__] == [ROOT / "tests"]


def test_the_tests_neither_patch_nor_sleep_nor_skip() -> None:
    """They use fakes written by hand, and wait on conditions; only the servers' own machinery may pause."""
    unwanted = {"unittest.mock", "mock", "time.sleep", "pytest.skip", "pytest.mark.skip", "pytest.mark.skipif"}
    unwanted |= {"pytest.mark.xfail", "pytest.xfail", "pytest.importorskip", "monkeypatch.setattr"}

    def uses(path: Path) -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                yield ast.unparse(node)
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
                yield node.module or ""

    paths = (path for path in files("tests") if "servers" not in path.parts)
    assert names(path for path in paths if unwanted & set(uses(path))) == []


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_an_exception_survives_the_way_between_processes(kind: type[Exception]) -> None:
    """What a worker raises, its parent can read: all arguments are kept, and the text with them."""
    error = raised(kind)
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (str(back), back.args, vars(back)) == (str(error), error.args, vars(error))
    assert kind.__doc__


def test_the_lock_of_the_tests_holds_the_whole_lock_of_the_product() -> None:
    """What is tested is what runs; and neither names an address from which it came."""
    pins, addresses = [], []
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        pins.append(set(re.findall(r"^\S+==\S+", text, re.MULTILINE)))
        addresses += re.findall(r"https?:|file:|--index-url ", text)
    assert pins[0] <= pins[1]
    assert addresses == []
