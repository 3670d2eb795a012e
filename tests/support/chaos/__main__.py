"""Random schedules of faults and crashes against a real S3 server.

    python -m tests.support.chaos --schedules 20000 --seed 1 --store minio
    python -m tests.support.chaos --schedules 1 --seed 4711 --trace

A schedule is a function of its seed, so the second form shows one that failed once more.
"""

from __future__ import annotations

import argparse
import functools
import gc
import io
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.support.chaos.simulation import Outcome, simulate
from tests.support.minio import minio_program, running_minio
from tests.support.stores import SOUND, running_store, store_program

REPOSITORY = Path(__file__).resolve().parents[3]
MINIO = "minio"
PROGRESS_SECONDS = 10.0
REPLAY = (
    ".venv/bin/python -m tests.support.chaos --store {store} --schedules 1 --seed {seed} --trace"
)


def main() -> int:
    options = _options()
    name, is_minio = options.store, options.store == MINIO
    program = minio_program(REPOSITORY) if is_minio else store_program(name)
    if program is None:
        target = "make tools" if is_minio else SOUND[name].target
        sys.stderr.write(f"needs {name}: {target}\n")
        return 2
    start = running_minio if is_minio else functools.partial(running_store, name)
    with tempfile.TemporaryDirectory() as folder, start(program, Path(folder)) as server:
        bucket = server.new_bucket()
        # SeaweedFS makes room for a bucket with the first write, longer than a schedule waits.
        server.client().put_object(bucket, "first", io.BytesIO(), 0)
        run = functools.partial(simulate, settings=server.settings, bucket=bucket)
        seeds = range(options.seed, options.seed + options.schedules)
        gc.freeze()  # shared pages are not copied for their reference counts
        with multiprocessing.get_context("fork").Pool(options.lanes) as lanes:
            return _watch(lanes.imap_unordered(run, seeds), store=name, trace=options.trace)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first schedule")
    parser.add_argument("--lanes", type=int, default=4, help="how many at the same time")
    parser.add_argument("--store", choices=(MINIO, *SOUND), default=MINIO, help="which server")
    parser.add_argument("--trace", action="store_true", help="show every request")
    return parser.parse_args()


def _watch(outcomes: Iterable[Outcome], *, store: str, trace: bool) -> int:
    """Count outcomes, print progress, and stop at the first broken invariant."""
    counts: Counter[str] = Counter()
    printed = time.monotonic()
    for outcome in outcomes:
        counts.update(outcome.counts)
        if trace or outcome.broken:
            sys.stdout.write("\n".join(outcome.trace) + "\n")
        if outcome.broken:
            replay = REPLAY.format(store=store, seed=outcome.seed)
            sys.stdout.write(f"seed {outcome.seed}: {outcome.broken}\nagain: {replay}\n")
            return 1
        if time.monotonic() - printed > PROGRESS_SECONDS:
            printed = time.monotonic()
            sys.stdout.write(
                f"{counts['schedules']} schedules, {counts['requests']} requests, "
                f"{counts['faults']} faults, {counts['killed']} crashes; lost: 0\n"
            )
            sys.stdout.flush()
    sys.stdout.writelines(f"{name:24} {count}\n" for name, count in sorted(counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
