"""All files of the contract: made, written, and compared with what a folder holds."""

import json
from collections.abc import Mapping
from pathlib import Path

from ektp.contracts import asyncapi, definitions, reasons, schemas


def documents(vhost: str = "/") -> dict[str, str]:
    """Return the text of every file by its path; the same release gives the same bytes."""
    made = {path: _json(schema) for path, schema in schemas.documents().items()}
    made["asyncapi.yaml"] = asyncapi.text()
    made["definitions.json"] = _json(definitions.document(vhost))
    made["reasons.json"] = _json(reasons.document())
    return made


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Write the files; others that lie there stay. Raises OSError."""
    for path, text in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def differences(folder: Path, made: Mapping[str, str]) -> dict[str, str]:
    """Return path -> `missing`, `different`, or `no longer there` for a schema of a message we do not have."""
    found = {}
    for path, text in made.items():
        if not (folder / path).is_file():
            found[path] = "missing"
        elif (folder / path).read_bytes() != text.encode():
            found[path] = "different"
    for family in schemas.FAMILIES:
        here = (f"{family}/{file.name}" for file in sorted((folder / family).glob("*.json")))
        found.update({path: "no longer there" for path in here if path not in made})
    return found


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
