"""All models of this process, and the thread that keeps each at the version its alias points at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

from milkprice.errors import SettingError
from serving import metrics
from serving.errors import (
    ModelNotInMemoryError,
    NoDefaultModelError,
    UnknownModelError,
    UnknownVersionError,
)
from serving.logs import logger
from serving.models.handle import ModelHandle
from serving.models.model import ServedModel
from serving.models.on_demand import ModelListener, OnDemandModels, Wildcard
from serving.models.source import ModelReference, WildcardReference, open_source, parse
from serving.mounts import VerifyingKeyFile
from serving.settings import ModelLimits, ServingSettings

# How soon the watcher notices new models, and how long ``stop`` waits for it.
MAX_SLEEP_SECONDS = 1.0
# It sleeps longer the more models there are: a round over a thousand takes some milliseconds, in
# which no request is answered.
SLEEP_SECONDS_PER_MODEL = 0.0005


class ModelRepository:
    """Models by name: static ones, which stay in memory, and those of wildcards, on demand.

    The first static model is the default of interfaces without a model name.
    """

    def __init__(
        self, handles: Iterable[ModelHandle], on_demand: OnDemandModels | None = None
    ) -> None:
        self._static = {handle.name: handle for handle in handles}
        self._on_demand = on_demand or OnDemandModels(
            limits=ModelLimits(), refresh_seconds=0, waiting=0
        )
        self.is_draining = False
        self._watcher = AliasWatcher(self._refreshables, after_round=self._end_round)

    @classmethod
    def from_settings(cls, settings: ServingSettings) -> ModelRepository:
        """Create the handle of every static model; nothing is loaded yet.

        Raises:
            SettingError: An address is invalid, or two models would have one name.
            BundleError: The model in a folder is invalid.
            SigningKeyError: Signatures are required, and there are no keys to verify them by.
        """
        file = settings.verify_key_file
        keys = None if file is None else VerifyingKeyFile(file)
        handles: list[ModelHandle] = []
        wildcards: list[Wildcard] = []
        for name, reference in _references(settings).items():
            if isinstance(reference, WildcardReference):
                wildcards.append(Wildcard(reference, settings.store, keys=keys))
            else:
                source = open_source(reference, settings.store, keys=keys)
                handles.append(ModelHandle(name, source, refresh_seconds=settings.refresh_seconds))
        on_demand = OnDemandModels(
            wildcards,
            limits=settings.models,
            refresh_seconds=settings.refresh_seconds,
            waiting=settings.limits.concurrency,
        )
        return cls(handles, on_demand)

    @property
    def is_ready(self) -> bool:
        """Whether every static model that was not unloaded on purpose can predict.

        On-demand models are loaded later; their registry must have been listed once.
        """
        static = [handle for handle in self._static.values() if not handle.is_unloaded]
        return (
            not self.is_draining
            and all(handle.model is not None for handle in static)
            and all(wildcard.is_listed for wildcard in self._on_demand.wildcards)
        )

    @property
    def has_wildcards(self) -> bool:
        """Whether there may be more models than are in memory."""
        return bool(self._on_demand.wildcards)

    @property
    def handles(self) -> dict[str, ModelHandle]:
        """The current handles by name: of static models, and of on-demand models in memory."""
        return {**self._static, **self._on_demand.handles}

    @property
    def names(self) -> list[str]:
        """The names of all known models, those in memory first; requests a new listing."""
        known = dict.fromkeys(self.handles)
        for wildcard in self._on_demand.wildcards:
            wildcard.request_listing()
            known.update(dict.fromkeys(wildcard.names))
        return list(known)

    @property
    def default(self) -> ModelHandle:
        """The first static model.

        Raises:
            NoDefaultModelError: There is none.
        """
        if not self._static:
            raise NoDefaultModelError(served=self._display_names())
        return next(iter(self._static.values()))

    def metric_label(self, name: str) -> str:
        """The label of a model in metrics; empty for a name that is not served."""
        if name in self._static:
            return name
        wildcard = self._on_demand.wildcard(name)
        return "" if wildcard is None else wildcard.metric_label

    def handle(self, name: str) -> ModelHandle:
        """The handle of a model.

        Raises:
            ModelNotInMemoryError: It has to be waited for, if it exists at all.
            UnknownModelError: No such model is served.
        """
        handle = self._static.get(name) or self._on_demand.handles.get(name)
        if handle is not None:
            return handle
        if self._on_demand.wildcard(name) is not None:
            raise ModelNotInMemoryError(name=name)
        raise UnknownModelError(name=name, served=self._display_names())

    def require(self, name: str, version: str | None = None) -> ServedModel:
        """The model that predicts, of a given version if one is given.

        Raises:
            UnknownModelError: No such model is served.
            ModelNotLoadedError: It is not loaded yet.
            UnknownVersionError: Another version serves.
        """
        handle = self.handle(name)
        handle.last_used = time.monotonic()
        model = handle.require()
        if version is not None and version != model.version:
            raise UnknownVersionError(name=name, version=version, served=model.version)
        return model

    def is_cold(self, name: str) -> bool:
        """Whether a model has to be waited for, if it exists at all."""
        in_memory = name in self._static or name in self._on_demand.handles
        return not in_memory and self._on_demand.wildcard(name) is not None

    async def wait(self, name: str) -> None:
        """Wait for a cold model; raises as ``OnDemandModels.wait_in_thread`` does."""
        await self._on_demand.wait(name)

    def load(self, name: str) -> ServedModel:
        """Load the current version of a model; blocks.

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
        """Stop serving a model until it is loaded by name; blocks if the model is cold.

        Raises:
            UnknownModelError: No such model is served.
        """
        handle = self._on_demand.wait_in_thread(name) if self.is_cold(name) else self.handle(name)
        handle.unload()

    def unloaded(self) -> Iterator[tuple[str, str]]:
        """Models that exist and are not in memory, with the reason; blocks."""
        for wildcard in self._on_demand.wildcards:
            wildcard.refresh()
        in_memory = self.handles
        return (
            (name, self._on_demand.reason(name)) for name in self.names if name not in in_memory
        )

    def subscribe(self, listener: ModelListener) -> None:
        """Notify a listener of on-demand models that are loaded and evicted."""
        self._on_demand.subscribe(listener)

    def start(self) -> None:
        """Start to load and to follow aliases, in a thread."""
        self._watcher.start()

    def wait_for_first_load(self, seconds: float) -> None:
        """Wait until each static model was loaded or could not be, but no longer than that."""
        self._watcher.first_round.wait(seconds)

    def stop(self) -> None:
        """Stop that; loads in progress are not waited for."""
        self._on_demand.stop()
        self._watcher.stop()

    def _refreshables(self) -> Iterator[ModelHandle | Wildcard]:
        yield from self._on_demand.wildcards
        yield from self._static.values()
        for name, handle in list(self._on_demand.handles.items()):
            if name in self._on_demand.handles:  # it may have been evicted meanwhile
                yield handle

    def _end_round(self) -> None:
        self._on_demand.evict()
        models = [model for handle in self.handles.values() if (model := handle.model) is not None]
        metrics.LOADED.set(len(models))
        metrics.BYTES.set(sum(model.memory_bytes for model in models))

    def _display_names(self) -> list[str]:
        return [*self._static, *(one.display_name for one in self._on_demand.wildcards)]


class AliasWatcher:
    """A thread that refreshes models and listings when they are due.

    Attributes:
        first_round: Set once each was refreshed.
    """

    def __init__(
        self,
        items: Callable[[], Iterable[ModelHandle | Wildcard]],
        *,
        after_round: Callable[[], None],
    ) -> None:
        self._items, self._after_round = items, after_round
        self.first_round = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alias-watcher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop it; a load in progress is not waited for to its end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(MAX_SLEEP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._refresh_due()
                self._after_round()
            except BaseException as error:  # noqa: BLE001  nobody would start this thread again
                metrics.LOAD_FAILURES.labels("", type(error).__name__).inc()
                logger.error("unexpected error", exc_info=error)
            self.first_round.set()
            self._stopped.wait(self._sleep_seconds())

    def _refresh_due(self) -> None:
        for item in self._items():
            if item.next_refresh <= time.monotonic() and not self._stopped.is_set():
                item.refresh()

    def _sleep_seconds(self) -> float:
        times = [item.next_refresh for item in self._items()]
        soonest = min(times, default=float("inf")) - time.monotonic()
        return min(max(soonest, len(times) * SLEEP_SECONDS_PER_MODEL), MAX_SLEEP_SECONDS)


def _references(settings: ServingSettings) -> dict[str, ModelReference | WildcardReference]:
    """The addresses in the settings by model name; a wildcard by its pattern."""
    references: dict[str, ModelReference | WildcardReference] = {}
    for uri in settings.model_uris:
        reference = parse(uri)
        name = settings.model_name or reference.name
        if name in references:
            raise SettingError(option="MODEL_URI", value=name, expected="every model name once")
        if settings.model_name and isinstance(reference, WildcardReference):
            raise SettingError(option="model name", value=name, expected="none, with a *")
        references[name] = reference
    return references
