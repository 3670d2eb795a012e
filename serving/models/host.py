"""All models of this process, and the thread that keeps them at the version that is meant."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from milkprice.errors import SettingError
from serving.errors import UnknownModelError, UnknownVersionError
from serving.models.reference import ModelReference, parse
from serving.models.served import ServedModel
from serving.models.slot import Slot
from serving.models.source import open_source
from serving.settings import ServingSettings

# How soon the thread notices a slot that was put on its list meanwhile, and how long a stop waits.
LONGEST_SLEEP_SECONDS = 1.0


class Host:
    """Models by name. The first one is the default of interfaces that name none."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self.slots = {slot.name: slot for slot in slots}
        self.is_draining = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    @classmethod
    def of(cls, settings: ServingSettings) -> Host:
        """Make a place for every model that is named; nothing is loaded yet.

        Raises:
            SettingError: An address means nothing, or two models would have one name.
            BundleError: A folder's model cannot be understood.
        """
        references = [parse(uri) for uri in settings.model_uris]
        names = [settings.model_name or reference.name for reference in references]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise SettingError(
                option="MODEL_URI", value=repeated[0], expected="every model name once"
            )
        return cls(
            _slot(name, reference, settings)
            for name, reference in zip(names, references, strict=True)
        )

    @property
    def is_ready(self) -> bool:
        """Whether every model that was not unloaded on purpose can answer."""
        wanted = [slot for slot in self.slots.values() if not slot.is_unloaded]
        return not self.is_draining and all(slot.served is not None for slot in wanted)

    @property
    def default(self) -> Slot:
        """The first model that was named."""
        return next(iter(self.slots.values()))

    def slot(self, name: str) -> Slot:
        """The place of a model.

        Raises:
            UnknownModelError: No such model is served.
        """
        if name not in self.slots:
            raise UnknownModelError(name=name, served=list(self.slots))
        return self.slots[name]

    def require(self, name: str, version: str | None = None) -> ServedModel:
        """The model that answers, of a given version if one is given.

        Raises:
            UnknownModelError: No such model is served.
            ModelNotLoadedError: It is not there yet.
            UnknownVersionError: Another version serves.
        """
        served = self.slot(name).require()
        if version is not None and version != served.version:
            raise UnknownVersionError(name=name, version=version, served=served.version)
        return served

    def start(self) -> None:
        """Begin to load and follow, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what it is loading is not waited for to the end."""
        self._stopped.set()
        self._thread.join(LONGEST_SLEEP_SECONDS)

    def _follow(self) -> None:
        while not self._stopped.is_set():
            for slot in self.slots.values():
                if slot.due <= time.monotonic():
                    slot.refresh()
            soonest = min(slot.due for slot in self.slots.values()) - time.monotonic()
            self._stopped.wait(min(max(soonest, 0.0), LONGEST_SLEEP_SECONDS))


def _slot(name: str, reference: ModelReference, settings: ServingSettings) -> Slot:
    source = open_source(reference, settings.store)
    return Slot(name, source, refresh_seconds=settings.refresh_seconds)
