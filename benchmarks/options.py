"""Options that the parts of the benchmark share."""

from __future__ import annotations

import argparse


def parser(part: str, about: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """A parser with ``--rounds``, for ``python -m benchmarks.<part>``."""
    made = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{part}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--rounds", type=positive, default=rounds, help=f"rounds to run ({rounds})")
    return made


def positive(text: str) -> int:
    """A whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: not 1 or more")
    return number


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers from ``1,2,3``, each 1 or more."""
    return tuple(map(positive, text.split(",")))
