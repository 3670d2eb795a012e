"""Fuzz one reader by atheris, which is libFuzzer; it ends the process by itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

# What is imported here is watched, branch by branch.
with atheris.instrument_imports(include=["serving.payload", "milkprice"]):
    from tests.support.fuzzing.readers import READERS
    from tests.support.fuzzing.seeds import seeds

FOLDER = Path("build/fuzz")
HANGS_SECONDS = 5
MEMORY_MIB = 1024
LONGEST_BYTES = 16 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.fuzzing", description=__doc__)
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("files", nargs="*", help="what was found, to see what it does")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    found = FOLDER / asked.reader
    begun = found / "begun"
    begun.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(seeds()[asked.reader]):
        (begun / f"seed-{place}").write_bytes(seed)
    options = [
        f"-max_total_time={asked.seconds}",
        f"-timeout={HANGS_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={LONGEST_BYTES}",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, *(asked.files or [str(begun)])], READERS[asked.reader])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
