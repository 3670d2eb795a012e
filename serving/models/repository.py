"""All models of this process, kept at the version that is meant."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from milkprice.errors import SettingError
from milkprice.registry.bundle import VerifyingKeys
from serving import metrics
from serving.errors import (
    ModelNotInMemoryError,
    NoDefaultModelError,
    UnknownModelError,
    UnknownVersionError,
)
from serving.models.alias_watcher import AliasWatcher
from serving.models.handle import ModelHandle
from serving.models.model import ServedModel
from serving.models.on_demand import ModelListener, OnDemandModels
from serving.models.reference import ModelReference, WildcardReference, parse
from serving.models.source import open_source
from serving.models.wildcard import Wildcard
from serving.settings import ModelLimits, ServingSettings


class ModelRepository:
    """Models by name: those that were named, which stay, and guests, whom a wildcard means.

    The first one that was named is the default of interfaces that name none.
    """

    def __init__(
        self, handles: Iterable[ModelHandle], on_demand: OnDemandModels | None = None
    ) -> None:
        self._named = {handle.name: handle for handle in handles}
        self._on_demand = on_demand or OnDemandModels(
            limits=ModelLimits(), refresh_seconds=0, waiting=0
        )
        self.is_draining = False
        self._follower = AliasWatcher(self._followed, after=self._settle)

    @classmethod
    def from_settings(cls, settings: ServingSettings) -> ModelRepository:
        """Make a place for every model that is named; nothing is loaded yet.

        Raises:
            SettingError: An address means nothing, or two models would have one name.
            BundleError: A folder's model cannot be understood.
            SigningKeyError: Signatures are asked for, and there are no keys to verify them by.
        """
        file = settings.verify_key_file
        keys = None if file is None else VerifyingKeys.from_file(file)
        references = _named(settings)
        wildcards = [
            Wildcard(one, settings.store, keys=keys)
            for one in references.values()
            if isinstance(one, WildcardReference)
        ]
        handles = [
            ModelHandle(
                name,
                open_source(one, settings.store, keys=keys),
                refresh_seconds=settings.refresh_seconds,
            )
            for name, one in references.items()
            if not isinstance(one, WildcardReference)
        ]
        on_demand = OnDemandModels(
            wildcards,
            limits=settings.models,
            refresh_seconds=settings.refresh_seconds,
            waiting=settings.limits.concurrency,
        )
        return cls(handles, on_demand)

    @property
    def is_ready(self) -> bool:
        """Whether every named model that was not unloaded on purpose can answer.

        Guests come when they are asked for; of theirs, the registry has to have answered once.
        """
        wanted = [handle for handle in self._named.values() if not handle.is_unloaded]
        return (
            not self.is_draining
            and all(handle.model is not None for handle in wanted)
            and all(wildcard.is_listed for wildcard in self._on_demand.wildcards)
        )

    @property
    def has_wildcards(self) -> bool:
        """Whether there may be more models than are in memory."""
        return bool(self._on_demand.wildcards)

    @property
    def handles(self) -> dict[str, ModelHandle]:
        """Places by name as of now: of the named models, and of guests in memory."""
        return {**self._named, **self._on_demand.handles}

    @property
    def names(self) -> list[str]:
        """All models that are known, those in memory first; new ones are looked for soon."""
        known = dict.fromkeys(self.handles)
        for wildcard in self._on_demand.wildcards:
            wildcard.want()
            known.update(dict.fromkeys(wildcard.names))
        return list(known)

    @property
    def default(self) -> ModelHandle:
        """The first model that was named.

        Raises:
            NoDefaultModelError: Only wildcards were.
        """
        if not self._named:
            raise NoDefaultModelError(served=self._meanings())
        return next(iter(self._named.values()))

    def metric_label(self, name: str) -> str:
        """What metrics call a model; nothing for a name that is none here."""
        if name in self._named:
            return name
        wildcard = self._on_demand.wildcard(name)
        return "" if wildcard is None else wildcard.metric_label

    def handle(self, name: str) -> ModelHandle:
        """The place of a model.

        Raises:
            ModelNotInMemoryError: It has to be waited for, should there be such a model.
            UnknownModelError: No such model is served.
        """
        handle = self._named.get(name) or self._on_demand.handles.get(name)
        if handle is not None:
            return handle
        if self._on_demand.wildcard(name) is not None:
            raise ModelNotInMemoryError(name=name)
        raise UnknownModelError(name=name, served=self._meanings())

    def require(self, name: str, version: str | None = None) -> ServedModel:
        """The model that answers, of a given version if one is given.

        Raises:
            UnknownModelError: No such model is served.
            ModelNotLoadedError: It is not there yet.
            UnknownVersionError: Another version serves.
        """
        handle = self.handle(name)
        handle.last_used = time.monotonic()
        served = handle.require()
        if version is not None and version != served.version:
            raise UnknownVersionError(name=name, version=version, served=served.version)
        return served

    def is_cold(self, name: str) -> bool:
        """Whether a model has to be waited for, should there be such a model."""
        known = name in self._named or name in self._on_demand.handles
        return not known and self._on_demand.wildcard(name) is not None

    async def wait(self, name: str) -> None:
        """Wait on the loop for a model that is cold; raises as `Guests.wait_in_thread` does."""
        await self._on_demand.wait(name)

    def load(self, name: str) -> ServedModel:
        """Load what is meant by a name now; it takes time.

        Raises:
            UnknownModelError: No such model is served.
            ModelLoadError: It cannot be loaded.
        """
        if self.is_cold(name):
            handle = self._on_demand.wait_in_thread(name)
        else:
            handle = self.handle(name)
            handle.load()
        handle.last_used = time.monotonic()
        return handle.require()

    def unload(self, name: str) -> None:
        """Stop serving a model until it is loaded by its name; of a cold one it takes time.

        Raises:
            UnknownModelError: No such model is served.
        """
        handle = self._on_demand.wait_in_thread(name) if self.is_cold(name) else self.handle(name)
        handle.unload()

    def unloaded(self) -> Iterator[tuple[str, str]]:
        """Models that exist and are not in memory, with the reason; it takes time."""
        for wildcard in self._on_demand.wildcards:
            wildcard.refresh()
        here = self.handles
        return ((name, self._on_demand.reason(name)) for name in self.names if name not in here)

    def subscribe(self, listener: ModelListener) -> None:
        """Tell somebody which guests come and leave from now on."""
        self._on_demand.subscribe(listener)

    def start(self) -> None:
        """Begin to load and follow, in a thread of its own."""
        self._follower.start()

    def stop(self) -> None:
        """End that; what is loading is not waited for to the end."""
        self._on_demand.stop()
        self._follower.stop()

    def _followed(self) -> Iterator[ModelHandle | Wildcard]:
        yield from self._on_demand.wildcards
        yield from self._named.values()
        for name, handle in list(self._on_demand.handles.items()):
            if name in self._on_demand.handles:  # not any more, if it has left meanwhile
                yield handle

    def _settle(self) -> None:
        self._on_demand.trim()
        served = [one for handle in self.handles.values() if (one := handle.model) is not None]
        metrics.LOADED.set(len(served))
        metrics.BYTES.set(sum(one.memory_bytes for one in served))

    def _meanings(self) -> list[str]:
        return [*self._named, *(wildcard.display_name for wildcard in self._on_demand.wildcards)]


def _named(settings: ServingSettings) -> dict[str, ModelReference | WildcardReference]:
    """What is to be served, by name; a wildcard by its pattern."""
    found: dict[str, ModelReference | WildcardReference] = {}
    for uri in settings.model_uris:
        reference = parse(uri)
        name = settings.model_name or reference.name
        if name in found:
            raise SettingError(option="MODEL_URI", value=name, expected="every model name once")
        if settings.model_name and isinstance(reference, WildcardReference):
            raise SettingError(option="model name", value=name, expected="none, with a *")
        found[name] = reference
    return found
