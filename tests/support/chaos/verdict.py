"""What everybody was told, held against what was true at the time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from milkprice.registry import errors
from milkprice.registry.aliases import previous_of
from tests.support.chaos.contents import content_of, version_at
from tests.support.chaos.roles import expected_digest
from tests.support.chaos.truth import Truth, is_of, must

Event = Mapping[str, Any]
# Which operation a store names, and on what; a listing's key is a prefix.
NAMED = re.compile(r"\b(read|list|write|replace|delete|look at) models(/\S+)?|object models/\S+")
# What can be told of an answer that is whole as far as anybody can see, but was shortened.
DAMAGED = (
    "BundleSignatureError",
    "AliasFormatError",
    "BundleChecksumError",
    "BundleFormatError",
    "VersionConflictError",
)


def judge(
    truth: Truth, who: str, events: Iterable[Event], met: list[tuple[int, str]], *, uri: str
) -> None:
    """Hold all that one actor was told against the truth.

    Raises:
        LawBrokenError: It was told what is not so.
    """
    Verdict(truth, who, met, uri).of(events)


class Verdict:
    """The judgement on one actor."""

    def __init__(self, truth: Truth, who: str, met: list[tuple[int, str]], uri: str) -> None:
        self._truth, self._who, self._met, self._uri = truth, who, met, uri
        self._begun: dict[int, int] = {}
        self._since = 0

    def of(self, events: Iterable[Event]) -> None:
        judges: dict[str, Callable[[Event], None]] = {
            "begins": self._begins,
            "acknowledged": self._acknowledged,
            "refused": self._refused,
            "failed": self._failed,
            "looks": self._looks,
            "listed": self._listed,
            "leads": self._leads,
            "saw": self._saw,
            "missed": self._missed,
            "broke": lambda event: must(holds=False, law=event["message"]),
        }
        for event in events:
            judges.get(event["what"], lambda _: None)(event)

    def _begins(self, event: Event) -> None:
        moment, self._since = event["moment"], event["turn"]
        self._begun.setdefault(moment, event["turn"])

    def _acknowledged(self, event: Event) -> None:
        step, result = self._truth.steps[event["moment"]], event["result"]
        begin, end = self._begun[step.moment], event["turn"]
        if step.action == "publish":
            must(content_of(result) == step.content, f"{step} gave {result}")
            must(self._truth.was_open(result, begin, end), f"{step} was lost: {result}")
        elif step.action == "prune":
            book = self._truth.books_between(end, end)[0]
            must(set(result) <= set(book.retired), f"{step} took out {result}, which are there")
        else:
            self._check_led(step.alias, result, begin, end, str(step))
        if step.action == "rollback":
            entries = self._truth.entries(step)
            must(entries == 1, f"{step} is {entries} times in the history")

    def _check_led(self, alias: str, version: str, begin: int, end: int, what: str) -> None:
        led = {book.targets.get(alias) for book in self._truth.books_between(begin, end)}
        must(version in led, f"{what}: {alias} was never at {version} from {begin} to {end}")

    def _refused(self, event: Event) -> None:
        """A refusal is of something that was so at some time since the attempt began."""
        step = self._truth.steps[event["moment"]]
        version = version_at(step.content, step.minute)
        reason = f"{step} was refused: {event['message']}"
        if event["error"] == "AliasMovedError":
            books = self._truth.books_between(self._since, event["turn"])
            fresh = books[-1].history[len(books[0].history) :]
            must(any(change.alias == step.alias for change in fresh), reason)
            must(not any(is_of(change.at, step) for change in fresh), f"{reason} But it was done.")
        else:
            self._check_absence(event, version, step.alias, step.action, reason)

    def _check_absence(
        self, event: Event, version: str, alias: str, action: str, reason: str
    ) -> None:
        begin, end, truth = self._since, event["turn"], self._truth
        books = truth.books_between(begin, end)
        named = previous_of(alias) if action == "rollback" else alias
        absences: dict[str, Callable[[], bool]] = {
            "VersionRetiredError": lambda: any(v in books[-1].retired for v in _named(event)),
            "VersionNotFoundError": lambda: not truth.stayed_open(version, begin, end),
            "ModelNotFoundError": lambda: (
                not any(truth.stayed_open(v, begin, end) for v in truth.complete)
            ),
            "AliasNotFoundError": lambda: named not in books[0].targets,
        }
        if event["error"] in absences:
            must(absences[event["error"]](), reason)
        else:
            self._check_damage(event)

    def _check_damage(self, event: Event) -> None:
        """What was shortened on its way may be called damaged, and nothing else may."""
        met = {kind for turn, kind in self._met if self._since < turn <= event["turn"]}
        told = f"{event['error']}: {event['message']}"
        must(event["error"] in DAMAGED and "short" in met, f"{self._who} was told: {told}")

    def _failed(self, event: Event) -> None:
        """A store's error names the store, what was to be done, and with which object."""
        message = event["message"]
        if not issubclass(getattr(errors, event["error"]), errors.StoreError):
            self._check_damage(event)
            return
        must(NAMED.search(message) and self._uri in message, f"says too little: {message}")
        met = {turn for turn, _ in self._met if self._since < turn <= event["turn"]}
        must(met, f"{self._who} was told without a fault: {message}")

    def _looks(self, event: Event) -> None:
        self._since = event["turn"]

    def _listed(self, event: Event) -> None:
        version = event["version"]
        is_there = self._truth.was_open(version, self._since, event["turn"])
        must(is_there, f"{self._who} was shown {version}, which was not there")

    def _leads(self, event: Event) -> None:
        self._check_led(event["alias"], event["version"], event["turn"], event["turn"], self._who)

    def _saw(self, event: Event) -> None:
        version = event["version"]
        must(version in self._truth.complete, f"{self._who} saw {version} before it was whole")
        must(self._truth.complete[version] <= event["turn"], f"{version} was seen too early")
        is_whole = event["digest"] == expected_digest(version)
        must(is_whole, f"{self._who} saw {version} with other bytes")
        if event["alias"]:
            self._check_led(event["alias"], version, self._since, event["turn"], self._who)

    def _missed(self, event: Event) -> None:
        if issubclass(getattr(errors, event["error"]), errors.RegistryError):
            version = next(iter(_named(event)), "")
            self._check_absence(event, version, "champion", "read", event["message"])
        else:
            self._failed(event)


def _named(event: Event) -> list[str]:
    return re.findall(r"\d{8}T\d{6}Z-[0-9a-f]{12}", event["message"])
