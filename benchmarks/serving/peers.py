"""Virtual environments of the servers and libraries whose requirements conflict with ours."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.environment import BenchmarkError

SHARED = ("scikit-learn", "numpy")  # the libraries that read a pickled pipeline
INSTALL = "make bench-peers"
PRINT_VERSIONS = (
    "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
)


@dataclass(frozen=True, kw_only=True)
class PeerEnvironment:
    """A virtual environment: its requirements, with hashes, and the packages to report.

    Those of ``shared`` have to be the same releases there as here.
    """

    folder: Path
    requirements: Path
    packages: tuple[str, ...]
    shared: tuple[str, ...] = SHARED

    def program(self, name: str) -> str:
        """The path of a program in it."""
        return str(self.folder / "bin" / name)

    def install(self) -> None:
        """Create it anew.

        Raises:
            BenchmarkError: pip failed; its output was printed.
        """
        pip = [self.program("python"), "-m", "pip", "install", "--quiet"]
        steps = (
            [sys.executable, "-m", "venv", "--clear", str(self.folder)],
            [*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(self.requirements)],
        )
        for step in steps:
            if subprocess.run(step, check=False).returncode:
                raise BenchmarkError(f"{' '.join(step)} failed.")

    def problem(self) -> str | None:
        """Why it cannot be used; None if it can."""
        if not Path(self.program("python")).exists():
            return f"not installed; {INSTALL}"
        try:
            self.versions(*self.packages)
            versions = self.versions(*self.shared)
        except subprocess.CalledProcessError:
            return f"not complete; {INSTALL}"
        ours = {name: version(name) for name in self.shared}
        if versions != ours:
            return f"it has {versions}, the model was trained with {ours}; {INSTALL}"
        return None

    def versions(self, *names: str) -> dict[str, str]:
        """The versions of packages in it."""
        command = [self.program("python"), "-c", PRINT_VERSIONS, *names]
        process = subprocess.run(command, capture_output=True, text=True, check=True)
        return dict(zip(names, process.stdout.split(), strict=True))


MLSERVER = PeerEnvironment(
    folder=Path("build") / "peers" / "mlserver",
    requirements=Path("requirements") / "peers.txt",
    packages=("mlserver", "mlserver-sklearn"),
)
OLD = PeerEnvironment(
    folder=Path("build") / "peers" / "old",
    requirements=Path("requirements") / "peers-old.txt",
    packages=("fastapi", "pydantic", "flask", "waitress"),
)
FORECASTERS = PeerEnvironment(
    folder=Path("build") / "peers" / "forecasters",
    requirements=Path("requirements") / "peers-forecast.txt",
    packages=("statsforecast", "mlforecast", "lightgbm"),
    shared=(),
)
SERVERS = (MLSERVER, OLD)
ALL = (*SERVERS, FORECASTERS)


def install() -> None:
    """Create the environments that are not complete."""
    for one in ALL:
        if one.problem():
            one.install()


def versions() -> dict[str, str]:
    """The versions of the packages to report."""
    present = (one for one in SERVERS if not one.problem())
    return {name: text for one in present for name, text in one.versions(*one.packages).items()}
