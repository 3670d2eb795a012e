"""A real MinIO for tests: started on a free port over a folder, stopped by its own handle."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minio import MinioAdmin
from minio.credentials import StaticProvider

from milkprice.registry.settings import StoreSettings
from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.stores import StoreServer

# It calls itself live before it can store anything, and then asks to be left alone for a minute.
HEALTH = "/minio/health/cluster"


class MinioServer(StoreServer):
    """A running MinIO and its first user."""

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
    program: str,
    folder: Path,
    *,
    like: MinioServer | None = None,
    certificates: Path | None = None,
    region: str = "",
) -> Iterator[MinioServer]:
    """Run a server over a folder.

    Args:
        program: The file.
        folder: Where its data go.
        like: One that ran there and is started again.
        certificates: Folder of its certificate; it speaks TLS then.
        region: The one that requests have to be signed for.
    """
    scheme = "https" if certificates else "http"
    server = like or MinioServer(f"127.0.0.1:{free_port()}", scheme=scheme)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "MINIO_ROOT_USER": server.user,
        "MINIO_ROOT_PASSWORD": server.secret,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
        "MINIO_SITE_REGION": region,
    }
    command = [program, "server", "--quiet", "--address", server.address, str(folder / "data")]
    if certificates:
        command += ["--certs-dir", str(certificates)]
    with running(
        command,
        environment=environment,
        log=folder / "minio.log",
        # Its certificate is what is to be tested, and a port of TLS refuses plain HTTP by a 400.
        health=f"http://{server.address}{HEALTH}",
        status=400 if certificates else 200,
    ):
        yield server


@contextlib.contextmanager
def user_of(server: MinioServer, policy: dict[str, Any]) -> Iterator[StoreSettings]:
    """A user with a policy, as long as the context."""
    admin, name, secret = server.admin(), f"user-{secrets.token_hex(4)}", secrets.token_hex(8)
    admin.policy_add(name, policy=policy)
    admin.user_add(name, secret)
    admin.policy_set(name, user=name)
    yield StoreSettings(endpoint=server.endpoint, access_key_id=name, secret_access_key=secret)
    admin.user_remove(name)
    admin.policy_remove(name)
