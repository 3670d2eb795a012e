"""KServe's server, run our way: one loop for REST and gRPC, and an end that loses nothing."""

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

from serving.access import Tokens
from serving.admission import Admission
from serving.grpc import start_grpc
from serving.http.fast_path import FastPathProtocol
from serving.http.messages import CLOSE
from serving.logs import log
from serving.models.repository import ModelRepository
from serving.settings import ServingSettings

# Longer than the idle time of the usual proxies, so that it is them who close.
KEEP_ALIVE_SECONDS = 75


class PredictorServer(kserve.ModelServer):  # type: ignore[misc]
    """KServe's server with our models, our gRPC service and our end.

    KServe's own ``start`` binds every address, wants a ready model first, and refuses
    connections from the moment it is told to end; this one does none of that.
    """

    def __init__(
        self,
        settings: ServingSettings,
        repository: ModelRepository,
        *,
        tokens: Tokens,
        admission: Admission,
        models: kserve.ModelRepository,
    ) -> None:
        super().__init__(
            http_port=settings.http_port,
            enable_grpc=False,
            enable_latency_logging=False,
            registered_models=models,
            grace_period=settings.grace_seconds,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._settings = settings
        self._repository = repository
        self._tokens = tokens
        self._admission = admission

    def start(self, models: list[Any]) -> None:
        """Serve until told to end.

        Args:
            models: More models of KServe, served by its own routes beside ours.

        Raises:
            SettingError: The gRPC port cannot be had.
        """
        for model in models:
            self.register_model(model)
        uvloop.run(self._serve_both())

    async def _serve_both(self) -> None:
        grpc = None
        if self._settings.grpc_port is not None:
            grpc = await start_grpc(
                self._settings, self._repository, tokens=self._tokens, admission=self._admission
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
        # Nobody here asks where a client is, so headers of proxies need not be read for it.
        config.proxy_headers = False
        config.http = FastPathProtocol
        config.server_header = False
        return config


class RestServer(uvicorn.Server):
    """A server that, told to end, first says that it is not ready and goes on answering.

    Whoever sends requests here needs a moment to learn that; who keeps a connection open learns it
    from the next answer. Only then are connections refused, and what has begun is finished.
    """

    def __init__(
        self, config: uvicorn.Config, repository: ModelRepository, *, drain_seconds: float
    ) -> None:
        super().__init__(config)
        self._repository = repository
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to end; told twice, or by a person's Ctrl-C, end at once."""
        at_once = self._repository.is_draining or sig == signal.SIGINT
        self._repository.is_draining = True
        self._let_go()
        seconds = 0.0 if at_once else self._drain_seconds
        log(logging.INFO, "ending", signal=signal.Signals(sig).name, drain_seconds=seconds)
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, seconds, self._exit)

    def _let_go(self) -> None:
        """Have each connection end with its next answer, so that none ends under a request."""
        self.config.encoded_headers = [*self.config.encoded_headers, CLOSE]
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]

    def _exit(self) -> None:
        self.should_exit = True
