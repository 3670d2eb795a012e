"""How much memory a process holds."""

from __future__ import annotations

import psutil


def resident(pid: int) -> int:
    """Bytes resident of a process and all its descendants."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(member.memory_info().rss for member in family)
