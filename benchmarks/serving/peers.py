"""Servers whose requirements do not fit with ours, each in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.serving.faults import BenchmarkError

ENVIRONMENT = Path("build") / "peers" / "mlserver"
PYTHON = ENVIRONMENT / "bin" / "python"
MLSERVER = ENVIRONMENT / "bin" / "mlserver"
PINS = Path("requirements") / "peers.txt"
# Those that a pickled pipeline is read with.
SHARED = ("scikit-learn", "numpy")
INSTALL = "python -m benchmarks.serving --install-peers"

_ASK = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"


def install() -> None:
    """Make the environment of MLServer anew.

    Raises:
        BenchmarkError: It could not be made; what pip said was printed.
    """
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
        [*pip, "--require-hashes", "-r", str(PINS)],
    )
    for step in steps:
        if subprocess.run(step, check=False).returncode:
            raise BenchmarkError(f"{' '.join(step)} failed.")


def missing() -> str | None:
    """Say why MLServer cannot be measured, or None if it can."""
    if not MLSERVER.exists():
        return f"not installed; {INSTALL}"
    theirs, ours = versions(*SHARED), {name: version(name) for name in SHARED}
    if theirs != ours:
        return f"it has {theirs}, the model was made with {ours}; {INSTALL}"
    return None


def versions(*names: str) -> dict[str, str]:
    """Ask the environment of MLServer for versions of packages in it."""
    command = [str(PYTHON), "-c", _ASK, *names]
    asked = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(zip(names, asked.stdout.split(), strict=True))
