"""KServe's server with our models: one loop for REST and gRPC, and a stop that loses no request."""

from __future__ import annotations

import asyncio
import logging
import signal
from types import FrameType
from typing import Any

import kserve
import uvicorn
import uvloop
from kserve.constants.constants import FASTAPI_APP_IMPORT_STRING
from kserve.protocol.rest.server import RESTServer

from milkprice.errors import SettingError
from serving.admission import Admission, Tokens
from serving.grpc import start_grpc
from serving.http.fast_path import FastPathProtocol
from serving.http.messages import CLOSE
from serving.http.routes import Routes
from serving.logs import log
from serving.models.repository import ModelRepository
from serving.settings import ServingSettings

# Longer than the idle time of the usual proxies, so that it is them who close.
KEEP_ALIVE_SECONDS = 75


class PredictorServer(kserve.ModelServer):  # type: ignore[misc]
    """KServe's server with our models, our gRPC service and our way to stop.

    KServe's own ``start`` binds every address, wants a ready model first, and refuses
    connections from the moment it is told to stop; this one does none of that.
    """

    def __init__(
        self,
        settings: ServingSettings,
        repository: ModelRepository,
        routes: Routes,
        *,
        tokens: Tokens,
        admission: Admission,
    ) -> None:
        super().__init__(
            http_port=settings.http_port,
            enable_grpc=False,
            enable_latency_logging=False,
            registered_models=KServeModelRepository(repository),
            grace_period=settings.grace_seconds,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        routes.others = self.registered_models.models
        self._settings = settings
        self._repository = repository
        self._tokens = tokens
        self._admission = admission

    def start(self, models: list[Any]) -> None:
        """Serve until the process is told to stop.

        Args:
            models: More models of KServe, served by its own routes beside ours.

        Raises:
            SettingError: The gRPC port is not free, or one of ours has a model's name.
        """
        for model in models:
            self.register_model(model)
        uvloop.run(self._serve_both())

    async def _serve_both(self) -> None:
        grpc = None
        if self._settings.grpc_port is not None:
            grpc = await start_grpc(
                self._settings,
                self._repository,
                self.registered_models,
                tokens=self._tokens,
                admission=self._admission,
            )
        rest = RestServer(
            self._rest_config(), self._repository, drain_seconds=self._settings.drain_seconds
        )
        try:
            await rest.serve()
        finally:
            if grpc is not None:
                await grpc.stop(grace=self.grace_period)

    def _rest_config(self) -> uvicorn.Config:
        """Let KServe put its routes into the application and choose how to run it."""
        rest = RESTServer(
            FASTAPI_APP_IMPORT_STRING,
            self.dataplane,
            self.model_repository_extension,
            self.http_port,
            grace_period=self.grace_period,
            timeout_keep_alive=self.timeout_keep_alive,
        )
        rest.create_application()
        config: uvicorn.Config = rest.config
        config.host = self._settings.host
        # The client's address is never used, so headers of proxies need not be read for it.
        config.proxy_headers = False
        config.http = FastPathProtocol
        config.server_header = False
        return config


class RestServer(uvicorn.Server):
    """A server that, told to stop, first reports that it is not ready and goes on answering.

    Load balancers need a moment to learn that; a client that keeps a connection open learns it
    from its next response. Only then are connections refused, and requests in progress finished.
    """

    def __init__(
        self, config: uvicorn.Config, repository: ModelRepository, *, drain_seconds: float
    ) -> None:
        super().__init__(config)
        self._repository = repository
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to drain; on a second signal, or on Ctrl-C, stop at once."""
        at_once = self._repository.is_draining or sig == signal.SIGINT
        self._repository.is_draining = True
        self._close_connections()
        seconds = 0.0 if at_once else self._drain_seconds
        log(logging.INFO, "stopping", signal=signal.Signals(sig).name, drain_seconds=seconds)
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, seconds, self._exit)

    def _close_connections(self) -> None:
        """Close each connection with its next response, so that none closes under a request."""
        self.config.encoded_headers = [*self.config.encoded_headers, CLOSE]
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]

    def _exit(self) -> None:
        self.should_exit = True


class KServeModelRepository(kserve.ModelRepository):  # type: ignore[misc]
    """Our models, in memory or not, and in ``models`` whatever else was registered with KServe."""

    def __init__(self, repository: ModelRepository) -> None:
        super().__init__()
        self._repository = repository

    def update(self, model: Any, name: str | None = None) -> None:
        """Register a model of KServe.

        Raises:
            SettingError: One of ours has its name.
        """
        taken = name or model.name
        if taken in self._repository.handles:
            expected = "a name that no model of MODEL_URI has"
            raise SettingError(option="model name", value=taken, expected=expected)
        super().update(model, name)

    def get_model(self, name: str) -> Any:
        """A model of KServe, or one of ours in memory; None for any other."""
        if name not in self.models and name in self._repository.handles:
            return KServeModel(name, self._repository)
        return self.models.get(name)

    def get_models(self) -> dict[str, Any]:
        """All models that are known, those that are not in memory too."""
        ours = {name: KServeModel(name, self._repository) for name in self._repository.names}
        return {**ours, **self.models}


class KServeModel(kserve.Model):  # type: ignore[misc]
    """One of our models in the listings of KServe; our own routes answer for it."""

    def __init__(self, name: str, repository: ModelRepository) -> None:
        self._repository = repository
        super().__init__(name)

    @property
    def ready(self) -> bool:
        """Whether a version is loaded, looked up each time."""
        handle = self._repository.handles.get(self.name)
        return handle is not None and handle.model is not None

    @ready.setter
    def ready(self, value: bool) -> None:
        """Ignored: KServe sets this at start and stop, but our repository decides."""
