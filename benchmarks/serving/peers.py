"""Servers whose requirements do not fit with ours, in environments of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.faults import BenchmarkError

# Those that a pickled pipeline is read with.
SHARED = ("scikit-learn", "numpy")
INSTALL = "make bench-peers"

_ASK = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"


@dataclass(frozen=True, kw_only=True)
class Peers:
    """An environment.

    Attributes:
        folder: Where it is.
        pins: Its requirements, with hashes.
        told: Packages whose versions belong to the results.
    """

    folder: Path
    pins: Path
    told: tuple[str, ...]

    def program(self, name: str) -> Path:
        """A program in it."""
        return self.folder / "bin" / name

    def install(self) -> None:
        """Make it anew.

        Raises:
            BenchmarkError: It could not be made; what pip said was printed.
        """
        pip = [str(self.program("python")), "-m", "pip", "install", "--quiet"]
        steps = (
            [sys.executable, "-m", "venv", "--clear", str(self.folder)],
            [*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(self.pins)],
        )
        for step in steps:
            if subprocess.run(step, check=False).returncode:
                raise BenchmarkError(f"{' '.join(step)} failed.")

    def missing(self) -> str | None:
        """Say why it cannot be used, or None if it can."""
        if not self.program("python").exists():
            return f"not installed; {INSTALL}"
        try:
            theirs = self.versions(*SHARED)
        except subprocess.CalledProcessError:
            return f"not complete; {INSTALL}"
        ours = {name: version(name) for name in SHARED}
        if theirs != ours:
            return f"it has {theirs}, the model was made with {ours}; {INSTALL}"
        return None

    def versions(self, *names: str) -> dict[str, str]:
        """Ask it for versions of packages in it."""
        command = [str(self.program("python")), "-c", _ASK, *names]
        asked = subprocess.run(command, capture_output=True, text=True, check=True)
        return dict(zip(names, asked.stdout.split(), strict=True))


MLSERVER = Peers(
    folder=Path("build") / "peers" / "mlserver",
    pins=Path("requirements") / "peers.txt",
    told=("mlserver", "mlserver-sklearn"),
)
OLD = Peers(
    folder=Path("build") / "peers" / "old",
    pins=Path("requirements") / "peers-old.txt",
    told=("fastapi", "pydantic", "flask", "waitress"),
)
EVERY = (MLSERVER, OLD)


def install() -> None:
    """Make the environments that are not complete.

    Raises:
        BenchmarkError: One could not be made.
    """
    for one in EVERY:
        if one.missing():
            one.install()


def versions() -> dict[str, str]:
    """Versions of what is installed in them."""
    present = (one for one in EVERY if not one.missing())
    return {name: found for one in present for name, found in one.versions(*one.told).items()}
