"""What the numbers were measured with."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

LIBRARIES = ("numpy", "pandas", "scikit-learn", "orjson")
CPU_FACTS = Path("/proc/cpuinfo")
GIBIBYTE = 2**30


def machine() -> dict[str, Any]:
    """Describe the machine and how busy it is before anything is measured."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "GiB": round(psutil.virtual_memory().total / GIBIBYTE),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def versions(*more: str) -> dict[str, str]:
    """Versions of what takes part in every benchmark, and of more libraries."""
    return {name: version(name) for name in (*LIBRARIES, *more)}


def facts(*more: str) -> dict[str, dict[str, Any]]:
    """Machine and versions, as a `Document` has them."""
    return {"machine": machine(), "versions": versions(*more)}


def _cpu() -> str:
    if not CPU_FACTS.exists():
        return platform.processor()
    lines = (line.partition(":") for line in CPU_FACTS.read_text().splitlines())
    models = [value.strip() for name, _, value in lines if name.strip() == "model name"]
    return models[0] if models else platform.machine()
