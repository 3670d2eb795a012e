"""Our models as KServe's own classes: for its listings, and for CloudEvents, which it unwraps."""

from __future__ import annotations

from typing import Any

import kserve
import orjson
from kserve.errors import InvalidInput, ModelNotReady
from kserve.metrics import EXPLAIN_HIST_TIME, POST_HIST_TIME, PRE_HIST_TIME, PREDICT_HIST_TIME

from milkprice.errors import MilkpriceError
from serving.errors import ModelNotLoadedError
from serving.http.inference import PredictionRoutes
from serving.models.repository import ModelRepository
from serving.settings import Limits

# What KServe measures of a model that a CloudEvent asks.
HISTOGRAMS = (PRE_HIST_TIME, POST_HIST_TIME, PREDICT_HIST_TIME, EXPLAIN_HIST_TIME)


class KServeModel(kserve.Model):  # type: ignore[misc]
    """One of our models as KServe's."""

    def __init__(
        self, name: str, repository: ModelRepository, predictions: PredictionRoutes
    ) -> None:
        self._repository = repository
        self._predictions = predictions
        super().__init__(name)

    @property
    def ready(self) -> bool:
        """Whether a version is loaded, looked up each time."""
        handle = self._repository.handles.get(self.name)
        return handle is not None and handle.model is not None

    @ready.setter
    def ready(self, value: bool) -> None:
        """Ignored: KServe sets this at start and stop, but our repository decides."""

    def load(self) -> bool:
        """Load the version that should serve now."""
        self._repository.load(self.name)
        return self.ready

    def predict(self, payload: Any, headers: Any = None) -> Any:  # noqa: ARG002
        """Answer an unwrapped CloudEvent."""
        return self._answer(payload, explain=False)

    def explain(self, payload: Any, headers: Any = None) -> Any:  # noqa: ARG002
        """Answer an unwrapped CloudEvent with the contributions of each column."""
        return self._answer(payload, explain=True)

    def _answer(self, payload: Any, *, explain: bool) -> Any:
        try:
            return orjson.loads(self._predictions.cloud_event(self.name, payload, explain=explain))
        except ModelNotLoadedError as error:
            raise ModelNotReady(self.name, str(error)) from error
        except MilkpriceError as error:
            raise InvalidInput(str(error)) from error


class KServeModelRepository(kserve.ModelRepository):  # type: ignore[misc]
    """Our models, in memory or not, and whatever else was registered with KServe."""

    def __init__(self, repository: ModelRepository, limits: Limits) -> None:
        super().__init__()
        self._repository = repository
        self._predictions = PredictionRoutes(repository, limits)
        repository.subscribe(self)

    def on_load(self, name: str) -> None:
        """Nothing to do: a model is looked up when it is asked for."""

    def on_evict(self, name: str) -> None:
        """Remove KServe's own series of a model that has left memory."""
        for histogram in HISTOGRAMS:
            histogram.remove(name)

    def get_model(self, name: str) -> Any:
        """A model in memory; None for any other."""
        if name in self._repository.handles:
            return self._model(name)
        return self.models.get(name)

    def get_models(self) -> dict[str, Any]:
        """All models that are known, those that are not in memory too."""
        return {**self.models, **{name: self._model(name) for name in self._repository.names}}

    def _model(self, name: str) -> KServeModel:
        return KServeModel(name, self._repository, self._predictions)
