"""A real MinIO for tests: started on a free port over a folder, stopped by its own handle."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider

from milkprice.registry.settings import StoreSettings
from tests.support.ports import free_port
from tests.support.processes import running

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

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process that uses it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.user,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def client(self) -> Minio:
        return Minio(self.address, access_key=self.user, secret_key=self.secret, secure=False)

    def new_bucket(self) -> str:
        bucket = f"bucket-{secrets.token_hex(6)}"
        self.client().make_bucket(bucket)
        return bucket

    def admin(self) -> MinioAdmin:
        credentials = StaticProvider(self.user, self.secret)
        return MinioAdmin(endpoint=self.address, credentials=credentials, secure=False)


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
    command = [program, "server", "--quiet", "--address", server.address, str(folder / "data")]
    health = f"{server.endpoint}{HEALTH}"
    with running(command, environment=environment, log=folder / "minio.log", health=health):
        yield server
