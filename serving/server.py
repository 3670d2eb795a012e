"""The server: it answers as soon as the models do, and KServe's part joins when it is imported.

To import KServe takes several times as long as all else that a start needs, so it is imported in
a thread while requests are answered already. What only KServe answers, and gRPC, waits for that.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop

from milkprice.errors import SettingError
from serving import metrics
from serving.admission import Admission, Tokens
from serving.errors import FrameworkError
from serving.http.application import Application, Framework
from serving.http.fast_path import FastPathProtocol, WebSocketRefusal
from serving.http.messages import CLOSE
from serving.http.routes import Routes
from serving.logs import log
from serving.models.repository import ModelRepository
from serving.settings import ServingSettings

if TYPE_CHECKING:
    import grpc

    from serving.framework import KServeFramework

# Longer than the idle time of the usual proxies, so that it is them who close.
KEEP_ALIVE_SECONDS = 75
# The models' own start goes first; a store that is slower than this is waited for meanwhile.
LOAD_SECONDS = 1.0


class PredictorServer:
    """REST by our own routes and KServe's, gRPC, and a stop that loses no request."""

    def __init__(
        self,
        settings: ServingSettings,
        repository: ModelRepository,
        routes: Routes,
        *,
        tokens: Tokens,
        admission: Admission,
    ) -> None:
        self._settings = settings
        self._repository = repository
        self._routes = routes
        self._tokens = tokens
        self._admission = admission
        self._imports = StoppableImports()
        self._framework: Future[Framework] = Future()
        self.application = Application(
            self._framework,
            routes,
            repository=repository,
            tokens=tokens,
            admission=admission,
            limits=settings.limits,
            access_log=settings.access_log,
        )

    def start(self, models: Sequence[Any] = ()) -> None:
        """Serve until the process is told to stop.

        Args:
            models: More models of KServe, served by its own routes beside ours.

        Raises:
            FrameworkError: KServe cannot be imported.
            SettingError: A port is not free, or one of ours has a model's name.
        """
        # Nothing that is imported is garbage, and to look through all of it stops every request
        # for a third of a second.
        gc.disable()
        uvloop.run(self._serve(models))

    def load_framework(self, models: Sequence[Any] = ()) -> KServeFramework:
        """Import KServe and give it its models; blocks, and raises as `start` does."""
        with self._imports.stoppable():
            import serving.grpc  # noqa: F401  here and not on the loop, which uses it
            from serving.framework import KServeFramework
        framework = KServeFramework(self._repository, models)
        self._routes.others = framework.models.models
        return framework

    async def _serve(self, models: Sequence[Any]) -> None:
        rest = RestServer(
            self._rest_config(),
            self._repository,
            drain_seconds=self._settings.drain_seconds,
            on_exit=self._imports.stop,
        )
        metrics.CONNECTIONS.labels("http").set_function(lambda: len(rest.server_state.connections))
        joining = asyncio.create_task(self._join(models))
        joining.add_done_callback(lambda done: rest.exit() if done.exception() else None)
        if models:
            await joining  # their names are checked before anything is served
        try:
            await rest.serve()
        finally:
            self._imports.stop()
            grpc_server = await joining
            if grpc_server is not None:
                await grpc_server.stop(grace=self._settings.grace_seconds)

    async def _join(self, models: Sequence[Any]) -> grpc.aio.Server | None:
        """Let KServe's part join, and gRPC.

        Returns:
            The server of gRPC; None without one, or if the process is told to stop before.
        """
        try:
            await asyncio.to_thread(self._repository.wait_for_first_load, LOAD_SECONDS)
            framework = await asyncio.to_thread(self.load_framework, models)
            grpc_server = await self._start_grpc(framework)
        except Exception as error:
            self._framework.set_exception(error)
            if self._imports.is_stopped:
                return None
            raise
        finally:
            gc.freeze()  # what was imported stays: no need to look through it again and again
            gc.enable()
        self._framework.set_result(framework.application)  # last: whoever waited finds gRPC too
        return grpc_server

    async def _start_grpc(self, framework: KServeFramework) -> grpc.aio.Server | None:
        if self._settings.grpc_port is None:
            return None
        from serving.grpc import start_grpc

        return await start_grpc(
            self._settings,
            self._repository,
            framework.models,
            tokens=self._tokens,
            admission=self._admission,
        )

    def _rest_config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self.application,
            host=self._settings.host,
            port=self._settings.http_port,
            http=FastPathProtocol,
            ws=WebSocketRefusal,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            # The client's address is never used, so headers of proxies need not be read for it.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=self._settings.grace_seconds,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )


class RestServer(uvicorn.Server):
    """A server that, told to stop, first reports that it is not ready and goes on answering.

    Load balancers need a moment to learn that; a client that keeps a connection open learns it
    from its next response. Only then are connections refused, and requests in progress finished.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        repository: ModelRepository,
        *,
        drain_seconds: float,
        on_exit: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._repository = repository
        self._drain_seconds = drain_seconds
        self._on_exit = on_exit

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen.

        Raises:
            SettingError: There is no listening at this address; the log has the reason.
        """
        try:
            await super().startup(sockets)
        except SystemExit as error:  # by which uvicorn would end the process
            address = f"{self.config.host}:{self.config.port}"
            expected = "an address to listen at; choose another port by --http-port"
            raise SettingError(option="HTTP port", value=address, expected=expected) from error

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to drain; on a second signal, or on Ctrl-C, stop at once."""
        at_once = self._repository.is_draining or sig == signal.SIGINT
        self._repository.is_draining = True
        self._close_connections()
        seconds = 0.0 if at_once else self._drain_seconds
        log(logging.INFO, "stopping", signal=signal.Signals(sig).name, drain_seconds=seconds)
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, seconds, self.exit)

    def exit(self) -> None:
        """Refuse connections from now on, and end when the requests in progress are answered."""
        self.should_exit = True
        self._on_exit()

    def _close_connections(self) -> None:
        """Close each connection with its next response, so that none closes under a request."""
        self.config.encoded_headers = [*self.config.encoded_headers, CLOSE]
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]


class ImportsStoppedError(BaseException):
    """Imports are to stop; no ``Exception``, which modules catch that others are optional for."""


class StoppableImports:
    """Imports of one thread that another can stop, at the next module that is imported."""

    def __init__(self) -> None:
        self.is_stopped = False
        self._thread = 0

    @contextlib.contextmanager
    def stoppable(self) -> Iterator[None]:
        """Let imports of this thread be stopped within the block.

        Raises:
            FrameworkError: They were stopped, or one failed.
        """
        self._thread = threading.get_ident()
        sys.meta_path.insert(0, self)
        try:
            yield
        except BaseException as error:
            reason = "the server stops" if self.is_stopped else f"{type(error).__name__}: {error}"
            raise FrameworkError(reason=reason) from error
        finally:
            sys.meta_path.remove(self)

    def stop(self) -> None:
        """Stop them, or those that begin later."""
        self.is_stopped = True

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        """Find nothing: Python asks here before it imports a module, so that it can be stopped."""
        if self.is_stopped and threading.get_ident() == self._thread:
            raise ImportsStoppedError(name)
