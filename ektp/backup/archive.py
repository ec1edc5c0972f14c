"""The file itself: a tar that every tar can list, and that is read here so strictly that no byte of it may differ."""

import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ektp.backup.errors import BackupDamaged

_BLOCK: Final = 512
_AT_ONCE: Final = 1 << 20  # bytes


class Part(NamedTuple):
    """Where a part lies in the file, and the SHA-256 of what was read there, in hexadecimal."""

    offset: int
    size: int
    digest: str


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises OSError."""
    with file.open("rb") as opened:
        return _digested(_pieces(opened, file.stat().st_size))


def write_archive(file: Path, parts: Mapping[str, bytes | Path]) -> None:
    """Write the parts in their order, for this account alone; the file is there when it is whole. Raises OSError."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as tar:
                for name, content in parts.items():
                    _add(tar, name, content)
            raw.flush()
            os.fsync(raw.fileno())
        half.rename(file)
    finally:
        half.unlink(missing_ok=True)


def read_archive(file: Path) -> dict[str, Part]:
    """Read all of it and return its parts. Raises BackupDamaged and OSError."""
    with file.open("rb") as opened:
        found: dict[str, Part] = {}
        while (header := _exactly(opened, _BLOCK, file)) != bytes(_BLOCK):
            name, size = _read_header(header, file)
            if name in found:
                raise BackupDamaged(file, f"it holds {name} twice")
            offset = opened.tell()
            digest = _digested(_pieces(opened, size))
            if opened.tell() != offset + size:
                raise BackupDamaged(file, f"it is cut off in {name}")
            if any(_exactly(opened, -size % _BLOCK, file)):
                raise BackupDamaged(file, f"it was changed behind {name}")
            found[name] = Part(offset, size, digest)
        rest = opened.read(tarfile.RECORDSIZE + 1)
        if any(rest) or len(rest) < _BLOCK or opened.tell() % tarfile.RECORDSIZE:
            raise BackupDamaged(file, "its end is not the end of a backup")
    return found


def content_of(file: Path, part: Part) -> bytes:
    """Return a small part. Raises OSError."""
    with reading(file, part) as pieces:
        return b"".join(pieces)


@contextmanager
def reading(file: Path, part: Part) -> Iterator[Iterator[bytes]]:
    """Give a part piece by piece. Raises OSError."""
    with file.open("rb") as opened:
        opened.seek(part.offset)
        yield _pieces(opened, part.size)


def _add(tar: tarfile.TarFile, name: str, content: bytes | Path) -> None:
    header = tarfile.TarInfo(name)
    header.mode = 0o600
    if isinstance(content, bytes):
        header.size = len(content)
        tar.addfile(header, io.BytesIO(content))
    else:
        header.size = content.stat().st_size
        with content.open("rb") as opened:
            tar.addfile(header, opened)


def _read_header(header: bytes, file: Path) -> tuple[str, int]:
    try:
        told = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        if told.isreg() and told.tobuf(tarfile.GNU_FORMAT) == header:
            return told.name, told.size
    except (tarfile.HeaderError, ValueError):
        pass
    raise BackupDamaged(file, "it is no backup of this program, or was changed")


def _exactly(opened: BinaryIO, size: int, file: Path) -> bytes:
    read = opened.read(size)
    if len(read) != size:
        raise BackupDamaged(file, "it is cut off")
    return read


def _pieces(opened: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := opened.read(min(size, _AT_ONCE))):
        size -= len(piece)
        yield piece


def _digested(pieces: Iterator[bytes]) -> str:
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
