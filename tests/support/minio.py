"""A real MinIO for tests: started on a free port over a folder, stopped by its own handle."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider

from milkprice.registry.settings import StoreSettings
from tests.support.ports import free_port

STARTUP_SECONDS = 30
# It calls itself live before it can store anything, and then asks to be left alone for a minute.
HEALTH = "/minio/health/cluster"


@dataclass(frozen=True)
class MinioServer:
    """A running server and its first user."""

    address: str
    user: str
    secret: str

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}"

    @property
    def settings(self) -> StoreSettings:
        return StoreSettings(
            endpoint=self.endpoint, access_key_id=self.user, secret_access_key=self.secret
        )

    def client(self) -> Minio:
        return Minio(self.address, access_key=self.user, secret_key=self.secret, secure=False)

    def new_bucket(self) -> str:
        bucket = f"bucket-{secrets.token_hex(6)}"
        self.client().make_bucket(bucket)
        return bucket

    def admin(self) -> MinioAdmin:
        return MinioAdmin(
            endpoint=self.address,
            credentials=StaticProvider(self.user, self.secret),
            secure=False,
        )


def minio_program(repository: Path) -> str | None:
    """Find the program: MINIO, then what `make tools` brought, then the PATH."""
    brought = repository / ".tools" / "bin" / "minio"
    named = os.environ.get("MINIO") or (str(brought) if brought.exists() else None)
    return named or shutil.which("minio")


@contextlib.contextmanager
def running_minio(
    program: str, folder: Path, *, like: MinioServer | None = None
) -> Iterator[MinioServer]:
    """Run a server over a folder; ``like`` is one that ran there and is started again."""
    server = like or MinioServer(f"127.0.0.1:{free_port()}", "root-of-tests", secrets.token_hex(16))
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "MINIO_ROOT_USER": server.user,
        "MINIO_ROOT_PASSWORD": server.secret,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    log = folder / "minio.log"
    command = [program, "server", "--quiet", "--address", server.address, str(folder / "data")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_healthy(server, process, log)
            yield server
        finally:
            _stop(process)


def _wait_until_healthy(server: MinioServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while not _is_healthy(server):
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"MinIO did not start; its log says: {log.read_text()}"
            raise RuntimeError(message)
        time.sleep(0.1)


def _is_healthy(server: MinioServer) -> bool:
    try:
        with urllib.request.urlopen(f"{server.endpoint}{HEALTH}", timeout=1) as answer:  # noqa: S310
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
