"""What the numbers were measured with."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.serving import peers
from benchmarks.serving.wrk import program

LIBRARIES = ("kserve", "scikit-learn", "numpy", "pandas", "uvicorn", "uvloop", "httptools",
             "orjson", "fastapi")  # fmt: skip
CPU_FACTS = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """Describe the machine and how busy it is before anything is measured."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Versions of everything that takes part."""
    found = {name: version(name) for name in LIBRARIES}
    if not peers.missing():
        found |= peers.versions("mlserver", "mlserver-sklearn")
    return {**found, "wrk": _wrk()}


def _cpu() -> str:
    if not CPU_FACTS.exists():
        return platform.processor()
    lines = (line.partition(":") for line in CPU_FACTS.read_text().splitlines())
    models = [value.strip() for name, _, value in lines if name.strip() == "model name"]
    return models[0] if models else platform.machine()


def _wrk() -> str:
    """What wrk calls itself; asked for its version, it ends with status 1."""
    asked = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)
    return asked.stdout.split()[1]
