"""What the platform is made of: folders of repositories, each at a commit and with a hash."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILES = ("100644", "100755")  # as git writes them


class VendoringError(Exception):
    """Something is not what ``sources.txt`` says; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """One folder of a repository at one commit.

    Attributes:
        repository: As GitHub names it: owner/name.
        tag: The release, for people and for references by tag inside other sources.
        commit: The commit of that tag.
        path: The folder.
        sha256: Hash over the names and contents of all files in it.
    """

    repository: str
    tag: str
    commit: str
    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The repository's folder on disk."""
        return self.repository.split("/")[1]


def read_sources(file: Path) -> list[Source]:
    """Read ``sources.txt``: five words a line, ``#`` begins a comment.

    Raises:
        VendoringError: A line is not of that form.
    """
    found = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        well_formed = (
            len(words) == 5
            and re.fullmatch(r"[0-9a-f]{40}", words[2])
            and re.fullmatch(r"[0-9a-f]{64}", words[4])
        )
        if not well_formed:
            message = f"{file.name} line {number} is not: owner/name tag commit path sha256"
            raise VendoringError(message)
        found.append(Source(*words))
    return found


def tree_hash(folder: Path) -> str:
    """SHA-256 over each file's hash and name, as ``sha256sum`` lists them in order of names."""
    files = sorted(path.relative_to(folder).as_posix() for path in files_of(folder))
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def bring(source: Source, into: Path, clones: Path | None) -> None:
    """Put the files of a source into ``into/<name>/<path>`` and check their hash.

    Args:
        source: What to bring.
        into: Folder of all sources.
        clones: Folder of repositories already cloned, each under its name; None downloads.

    Raises:
        VendoringError: It cannot be had, or it is not what it was.
    """
    if clones is not None:
        _unpack(clones / source.name, source, into)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            _download(source, Path(scratch))
            _unpack(Path(scratch), source, into)
    found = tree_hash(into / source.name / source.path)
    if found != source.sha256:
        message = (
            f"{source.repository} {source.path} at {source.commit} has the hash {found}, "
            f"sources.txt says {source.sha256}; do not use it before you know why"
        )
        raise VendoringError(message)


def files_of(folder: Path) -> Iterator[Path]:
    """All files under a folder."""
    return (path for path in folder.rglob("*") if path.is_file())


def run(*command: str) -> bytes:
    """What a program printed.

    Raises:
        VendoringError: It is not there, or failed; with what it said.
    """
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout
    except FileNotFoundError as error:
        raise VendoringError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise VendoringError(f"{' '.join(command)} failed: {said}") from error


def _download(source: Source, into: Path) -> None:
    """Fetch one commit, and of its files those of one folder."""
    url = f"https://github.com/{source.repository}.git"
    run("git", "init", "--quiet", str(into))
    run("git", "-C", str(into), "remote", "add", "origin", url)
    run("git", "-C", str(into), "sparse-checkout", "set", "--no-cone", f"/{source.path}/")
    run("git", "-C", str(into), "fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin",
         source.commit)  # fmt: skip
    run("git", "-C", str(into), "checkout", "--quiet", "FETCH_HEAD")


def _unpack(clone: Path, source: Source, into: Path) -> None:
    """Write a folder's files as they are in the commit, whatever attributes would make of them."""
    git = ("git", "-C", str(clone))
    listed = run(*git, "ls-tree", "-r", "-z", source.commit, "--", f"{source.path}/").decode()
    if not listed:
        raise VendoringError(f"{source.repository} has no {source.path} at {source.commit}")
    for entry in listed.rstrip("\0").split("\0"):
        facts, name = entry.split("\t", 1)
        mode, _, blob = facts.split()
        if mode not in FILES:
            raise VendoringError(f"{source.repository} {name} is no file, but of mode {mode}")
        target = into / source.name / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(run(*git, "cat-file", "blob", blob))
