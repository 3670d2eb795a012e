"""Compiled pipelines kept from run to run, as long as nothing changes of which they are made.

Compiling takes a second, most of it imports that only the compiler needs. What a compiled file
depends on is in its key: the sources of the pipelines, of the components and of the library whose
defaults they show, the releases of what compiles them, and the variables that it reads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from components.image import REPOSITORY, image
from milkprice.files import content_tag, sha256, write_bytes

SOURCES = ("pipelines/**/*.py", "components/**/*.py", "milkprice/**/*.py", "milkprice/**/*.csv")
COMPILERS = ("kfp", "kfp-kubernetes", "kfp-pipeline-spec", "protobuf", "PyYAML")
VARIABLES = ("KFP_DISABLE_EXECUTION_CACHING_BY_DEFAULT",)


class CompiledCache:
    """A folder with one compiled file a pipeline, under the key that it was made of.

    Args:
        folder: The folder; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """The file of a pipeline; None if there is none of today's key, or it is damaged."""
        path = self._path(name)
        if path is None or not path.is_file():
            return None
        head, _, data = path.read_bytes().partition(b"\n")
        return data if head == self._head(data) else None

    def put(self, name: str, data: bytes) -> None:
        """Keep the file of a pipeline in the place of an older one."""
        path = self._path(name)
        if path is not None:
            write_bytes(self._head(data) + b"\n" + data, path)

    def _path(self, name: str) -> Path | None:
        return self._folder / f"{name}.yaml" if self._folder else None

    def _head(self, data: bytes) -> bytes:
        return f"# {_key()} {sha256(data)}".encode()


def _key() -> str:
    return sha256("\n".join(_facts()).encode())


def _facts() -> Iterator[str]:
    yield sys.version
    yield image()
    yield content_tag(REPOSITORY, SOURCES)
    yield from (f"{name} {version(name)}" for name in COMPILERS)
    yield from (f"{name} {os.environ.get(name)}" for name in VARIABLES)
