"""What each actor was answered, checked against what was true at the time."""

from __future__ import annotations

import re
from collections.abc import Callable

from milkprice.registry import errors
from milkprice.registry.aliases import previous_of
from tests.support.chaos.actor import Actor, Event
from tests.support.chaos.clients import digest_of
from tests.support.chaos.contents import bundle_of, content_of, version_at
from tests.support.chaos.reference import NEVER, ReferenceStore, is_of, require

# Which operation a store names, and on what; a listing's key is a prefix.
NAMED = re.compile(r"\b(read|list|write|replace|delete|look at) models(/\S+)?|object models/\S+")
# Errors that a response may cause which seems whole, but was shortened.
DAMAGED = (
    "BundleSignatureError",
    "AliasFormatError",
    "BundleChecksumError",
    "BundleFormatError",
    "VersionConflictError",
)


class Checker:
    """Checks of what one actor was answered."""

    def __init__(self, reference: ReferenceStore, actor: Actor, uri: str) -> None:
        self._reference, self._actor, self._uri = reference, actor, uri
        self._begun: dict[int, int] = {}
        self._since = 0

    def check(self) -> None:
        """Check all of its events.

        Raises:
            InvariantError: It was answered what is not so.
        """
        checks: dict[str, Callable[[Event], None]] = {
            "begins": self._begins,
            "acknowledged": self._acknowledged,
            "refused": self._refused,
            "failed": self._failed,
            "looks": self._looks,
            "listed": self._listed,
            "leads": self._leads,
            "saw": self._saw,
            "missed": self._missed,
            "broke": lambda event: require(holds=False, invariant=event["message"]),
        }
        for event in self._actor.events:
            checks.get(event["what"], lambda _: None)(event)

    def _begins(self, event: Event) -> None:
        moment, self._since = event["moment"], event["turn"]
        self._begun.setdefault(moment, event["turn"])

    def _acknowledged(self, event: Event) -> None:
        step, result = self._reference.steps[event["moment"]], event["result"]
        begin, end = self._begun[step.moment], event["turn"]
        if step.action == "publish":
            require(content_of(result) == step.content, f"{step} gave {result}")
            require(self._reference.was_open(result, begin, end), f"{step} was lost: {result}")
        elif step.action == "prune":
            aliases = self._reference.aliases_between(end, end)[0]
            are_retired = set(result) <= set(aliases.retired)
            require(are_retired, f"{step} took out {result}, which are there")
        else:
            self._check_target(step.alias, result, begin, end, str(step))
        if step.action == "rollback":
            entries = self._reference.entries(step)
            require(entries == 1, f"{step} is {entries} times in the history")

    def _check_target(self, alias: str, version: str, begin: int, end: int, what: str) -> None:
        snapshots = self._reference.aliases_between(begin, end)
        targets = {aliases.targets.get(alias) for aliases in snapshots}
        require(version in targets, f"{what}: {alias} was never at {version} from {begin} to {end}")

    def _refused(self, event: Event) -> None:
        """A refusal is of something that was so at some time since the attempt began."""
        step = self._reference.steps[event["moment"]]
        version = version_at(step.content, step.minute)
        reason = f"{step} was refused: {event['message']}"
        if event["error"] == "AliasMovedError":
            snapshots = self._reference.aliases_between(self._since, event["turn"])
            fresh = snapshots[-1].history[len(snapshots[0].history) :]
            require(any(change.alias == step.alias for change in fresh), reason)
            is_done = any(is_of(change.at, step) for change in fresh)
            require(not is_done, f"{reason} But it was done.")
        else:
            self._check_absence(event, version, step.alias, step.action, reason)

    def _check_absence(
        self, event: Event, version: str, alias: str, action: str, reason: str
    ) -> None:
        begin, end, reference = self._since, event["turn"], self._reference
        snapshots = reference.aliases_between(begin, end)
        named = previous_of(alias) if action == "rollback" else alias
        absences: dict[str, Callable[[], bool]] = {
            "VersionRetiredError": lambda: any(
                v in snapshots[-1].retired for v in _versions_in(event)
            ),
            "VersionNotFoundError": lambda: not reference.stayed_open(version, begin, end),
            "ModelNotFoundError": lambda: (
                not any(reference.stayed_open(v, begin, end) for v in reference.complete)
            ),
            "AliasNotFoundError": lambda: named not in snapshots[0].targets,
        }
        if event["error"] in absences:
            require(absences[event["error"]](), reason)
        else:
            self._check_damage(event)

    def _faults_since(self, event: Event) -> set[str]:
        """The faults that it met in what has led to an event."""
        return {kind for turn, kind in self._actor.met if self._since < turn <= event["turn"]}

    def _check_damage(self, event: Event) -> None:
        """What was shortened on its way may be called damaged, and nothing else may."""
        is_damaged = event["error"] in DAMAGED and "short" in self._faults_since(event)
        answer = f"{event['error']}: {event['message']}"
        require(is_damaged, f"{self._actor.name} was answered {answer}")

    def _failed(self, event: Event) -> None:
        """A store's error names the store, what was to be done, and with which object."""
        message = event["message"]
        if not issubclass(getattr(errors, event["error"]), errors.StoreError):
            self._check_damage(event)
            return
        require(NAMED.search(message) and self._uri in message, f"says too little: {message}")
        faults = self._faults_since(event)
        require(faults, f"{self._actor.name} was answered without a fault: {message}")

    def _looks(self, event: Event) -> None:
        self._since = event["turn"]

    def _listed(self, event: Event) -> None:
        version = event["version"]
        is_there = self._reference.was_open(version, self._since, event["turn"])
        require(is_there, f"{self._actor.name} was shown {version}, which was not there")

    def _leads(self, event: Event) -> None:
        turn = event["turn"]
        self._check_target(event["alias"], event["version"], turn, turn, self._actor.name)

    def _saw(self, event: Event) -> None:
        version, who = event["version"], self._actor.name
        turn = self._reference.complete.get(version, NEVER)
        require(turn <= event["turn"], f"{who} saw {version} before it was whole")
        is_whole = event["digest"] == digest_of(bundle_of(version))
        require(is_whole, f"{who} saw {version} with other bytes")
        if event["alias"]:
            self._check_target(event["alias"], version, self._since, event["turn"], who)

    def _missed(self, event: Event) -> None:
        if issubclass(getattr(errors, event["error"]), errors.RegistryError):
            version = next(iter(_versions_in(event)), "")
            self._check_absence(event, version, "champion", "read", event["message"])
        else:
            self._failed(event)


def _versions_in(event: Event) -> list[str]:
    return re.findall(r"\d{8}T\d{6}Z-[0-9a-f]{12}", event["message"])
