"""Processes of their own, forked from one that has everything imported and never did anything.

A process that used a store before has threads that its children would lack, so pytest's own is not
the one to fork from.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 120

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.support.jobs", "tests.support.traffic"])


def run(job: Callable[..., object], *arguments: Any) -> int:
    """Do a job in a process of its own and return how that ended: the number, or minus a signal."""
    process = context.Process(target=job, args=arguments)
    process.start()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode is not None, f"{job.__name__} did not end"
    return process.exitcode
