"""Jobs from beginning to end, in a process that ends when its fuse is burnt down.

The processes are forked from one that has everything imported and never did anything: one that used
a store before, as pytest's own, has threads that its children would lack.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milkprice.batch import BatchSettings, shards
from milkprice.cli import data, predict
from milkprice.cli.app import main
from milkprice.data import sources
from milkprice.registry.bundle import write
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.steps import shards as steps
from tests.support.bundles import toy_bundle
from tests.support.crashing import Fuse, WatchedStore

# Commands are imported when they are asked for; here, before anybody forks.
COMMANDS = (data, predict)
TIMEOUT_SECONDS = 120

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.support.jobs"])


@dataclass(frozen=True, kw_only=True)
class CrashPoint:
    """When a process dies: at a write, before it or after; at 0 it lives."""

    at: int = 0
    after: bool = False


def run(job: Callable[..., object], point: CrashPoint, *arguments: Any) -> int:
    """Do a job in a process of its own and return how that ended: the number, or minus a signal."""
    process = context.Process(target=job, args=(point, *arguments))
    process.start()
    process.join(TIMEOUT_SECONDS)
    assert process.exitcode is not None, f"{job.__name__} did not end"
    return process.exitcode


def fetch(point: CrashPoint, cache: Path, origin: str, checksums: dict[str, str]) -> None:
    """Fetch the real files from an origin of the test's."""
    Fuse(point.at, after=point.after).watch(cache.parent)
    sources.download_challenge(cache, settings=StoreSettings(), origin=origin, checksums=checksums)


def write_bundle(point: CrashPoint, content: object, folder: Path) -> None:
    """Write a bundle as a folder."""
    bundle = toy_bundle(content)
    Fuse(point.at, after=point.after).watch(folder.parent)
    write(bundle, folder)


def command(
    point: CrashPoint, words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> None:
    """Run ``milkprice``; what it prints goes to ``folder``, which is watched, with an ending."""
    _arm(point, folder)
    os.environ.update(environment)
    sys.argv = ["milkprice", *words]
    with folder.with_suffix(".out").open("w") as sys.stdout:
        main()


def steps_of_batch(point: CrashPoint, settings: BatchSettings, folder: Path) -> None:
    """Do a batch as a pipeline does: plan, each shard, and what became of all of them."""
    _arm(point, folder)
    plan, summary = str(folder / "plan" / "data"), str(folder / "summary" / "data")
    names = steps.plan_shards(plan, settings=settings)
    places = {"output": settings.output, "settings": settings.store}
    for name in names:
        steps.predict_shard(name, plan, registry=settings.registry, keys=settings.keys, **places)
    steps.collect_shards(plan, names, summary, **places)


def _arm(point: CrashPoint, folder: Path) -> None:
    """Count what is written below a folder and through the store of a batch's results."""
    fuse = Fuse(point.at, after=point.after)
    fuse.watch(folder)
    shards.open_store = lambda uri, settings: WatchedStore(
        open_store(uri, settings), lambda _: fuse.write()
    )
