"""A registry of many models, each the real one with another intercept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.serving.protocols import NAMED, Protocol
from benchmarks.serving.questions import Question, questions
from benchmarks.serving.subject import Subject
from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle, with_extra_files
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.polynomial import POLYNOMIAL, Polynomial


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """The models; the first one is the hot one.

    Attributes:
        registry: The folder they are published in.
        names: What they are called.
        questions: One of each row that can be asked for, with what the first model answers to it;
            the next one answers 1 more, and so on.
    """

    registry: Path
    names: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def uri(self) -> str:
        """All of them, as ``MODEL_URI`` has it."""
        return f"{self.registry}/*@champion"

    def protocol(self, place: int = 0) -> Protocol:
        """How one of them is asked."""
        return replace(NAMED, path=f"/v1/models/{self.names[place]}:predict")


def make_crowd(
    subject: Subject, folder: Path, *, models: int, tell: Callable[[str], None]
) -> Crowd:
    """Publish a model many times, under as many names.

    Args:
        subject: The model, in its own registry.
        folder: Where the registry of all of them is put.
        models: How many.
        tell: Called with what is being done.
    """
    registry = Registry(open_store(str(folder), StoreSettings()))
    names = tuple(f"milk-{number:04d}" for number in range(models))
    now = datetime.now(timezone.utc)
    for number, name in enumerate(names):
        version = registry.publish(_another(subject.bundle, name, above=number))
        registry.promote(name, version, at=now, reason="benchmark")
        if number % 100 == 0:
            tell(f"publishing {number} of {models} models")
    return Crowd(
        registry=folder,
        names=names,
        questions=tuple(questions(subject.rows, subject.expected, NAMED, count=1)),
    )


def _another(bundle: Bundle, name: str, *, above: float) -> Bundle:
    """The same model under another name, all its answers higher by a number."""
    polynomial = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    higher = replace(polynomial, intercept=polynomial.intercept + above)
    renamed = Bundle(replace(bundle.sidecar, name=name), bundle.files)
    return with_extra_files(renamed, {POLYNOMIAL: higher.to_json()})
