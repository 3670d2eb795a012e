"""S3 servers for tests: each started on a free port over a folder, stopped by its own handle."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from minio import Minio

from milkprice.registry.settings import StoreSettings
from tests.support.ports import free_port
from tests.support.processes import REPOSITORY, running

SEAWEEDFS = REPOSITORY / "manifests" / "components" / "seaweedfs" / "statefulset.yaml"
USER, SECRET = "root-of-tests", secrets.token_hex(16)


# Everything that is asked of a store, by its name.
OPERATIONS = {
    "get": lambda store: store.get("a/b"),
    "get_if_changed": lambda store: store.get_if_changed("a/b", etag='"some"'),
    "list": lambda store: store.list("a"),
    "put": lambda store: store.put("a/b", b"1"),
    "put_new": lambda store: store.put_new("a/b", b"1"),
    "replace": lambda store: store.replace("a/b", b"1", etag='"some"'),
    "replace_missing": lambda store: store.replace("a/b", b"1", etag=None),
    "delete": lambda store: store.delete("a/b"),
}


@dataclass(frozen=True)
class StoreServer:
    """A running server and its first user."""

    address: str
    user: str = USER
    secret: str = SECRET

    scheme: str = "http"

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://{self.address}"

    @property
    def settings(self) -> StoreSettings:
        # Its conditions have a test of their own, which is once enough.
        return StoreSettings(
            endpoint=self.endpoint,
            access_key_id=self.user,
            secret_access_key=self.secret,
            single_writer=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process that uses it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.user,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "MILKPRICE_SINGLE_WRITER": "true",
        }

    def client(self) -> Minio:
        return Minio(self.address, access_key=self.user, secret_key=self.secret, secure=False)

    def new_bucket(self) -> str:
        bucket = f"bucket-{secrets.token_hex(6)}"
        self.client().make_bucket(bucket)
        return bucket


Command = Callable[[str, int, Path], list[str]]


@dataclass(frozen=True, kw_only=True)
class StoreProgram:
    """How a server is started.

    Attributes:
        command: From its program, a port and a folder.
        file: Where it is below ``.tools`` once it is installed.
        health: A path that it answers as soon as it can be used.
        environment: Variables besides PATH and HOME.
        target: What installs it.
    """

    command: Command
    file: str
    health: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    target: str = "make tools"


def _versitygw(program: str, port: int, folder: Path) -> list[str]:
    keys = ["--access", USER, "--secret", SECRET]
    return [program, "--port", f"127.0.0.1:{port}", "--quiet", *keys, "posix", str(folder)]


def _moto(program: str, port: int, folder: Path) -> list[str]:
    return [program, "-H", "127.0.0.1", "-p", str(port)]


def _gofakes3(program: str, port: int, folder: Path) -> list[str]:
    return [program, "-backend", "memory", "-host", f"127.0.0.1:{port}"]


def _localbucket(program: str, port: int, folder: Path) -> list[str]:
    return [program, "--port", str(port), str(folder)]


def _nanio(program: str, port: int, folder: Path) -> list[str]:
    return [program, "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder)]


def _s3proxy(program: str, port: int, folder: Path) -> list[str]:
    properties = {
        "s3proxy.endpoint": f"http://127.0.0.1:{port}",
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": USER,
        "s3proxy.credential": SECRET,
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": str(folder),
    }
    file = folder.parent / "s3proxy.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    return ["java", "-jar", program, "--properties", str(file)]


def _seaweedfs(program: str, port: int, folder: Path) -> list[str]:
    file = folder.parent / "seaweedfs.json"
    keys = f'{{"accessKey": "{USER}", "secretKey": "{SECRET}"}}'
    rights = '["Admin", "Read", "Write", "List", "Tagging"]'
    file.write_text(
        f'{{"identities": [{{"name": "root", "credentials": [{keys}], "actions": {rights}}}]}}'
    )
    ports = [
        f"-{name}={free_port()}"
        for part in ("master", "volume", "filer", "s3")
        for name in (f"{part}.port.grpc", *([] if part == "s3" else [f"{part}.port"]))
    ]
    pod = yaml.safe_load(SEAWEEDFS.read_text())["spec"]["template"]["spec"]
    # As it is deployed: tests write into more buckets than its defaults have volumes for.
    limits = [one for one in pod["containers"][0]["args"] if one.startswith(("-volume", "-master"))]
    return [program, "server", f"-dir={folder}", "-ip=127.0.0.1", "-filer", "-s3", *ports, *limits,
            f"-s3.port={port}", f"-s3.config={file}"]  # fmt: skip


# Those that keep every condition, and those that are refused; MinIO has a fixture of its own.
SOUND = {
    "moto": StoreProgram(command=_moto, file="stores/bin/moto_server", health="/moto-api/"),
    "versitygw": StoreProgram(command=_versitygw, file="bin/versitygw"),
    "gofakes3": StoreProgram(command=_gofakes3, file="bin/gofakes3", target="make test-stores"),
    "seaweedfs": StoreProgram(
        command=_seaweedfs, file="bin/weed", target="go build ./weed (docs/stores.md)"
    ),
}
UNSOUND = {
    "localbucket": StoreProgram(command=_localbucket, file="stores/bin/localbucket"),
    "nanio": StoreProgram(
        command=_nanio,
        file="stores/bin/nanio",
        environment={"NANIO_ACCESS_KEY": USER, "NANIO_SECRET_KEY": SECRET},
        target="make tools, with Python 3.11 or later",
    ),
    "s3proxy": StoreProgram(command=_s3proxy, file="bin/s3proxy.jar", target="make test-stores"),
}
PROGRAMS = {**SOUND, **UNSOUND}
# As parameters of a test that each of the sound ones passes.
SERVERS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("minio", *SOUND)]


def store_program(name: str) -> str | None:
    """Find a server: by the variable of its program, then where it is installed, then the PATH."""
    place = REPOSITORY / ".tools" / PROGRAMS[name].file
    named = os.environ.get(place.stem.upper()) or (str(place) if place.exists() else None)
    return named or shutil.which(place.name)


@contextlib.contextmanager
def running_store(name: str, program: str, folder: Path) -> Iterator[StoreServer]:
    """Run a server over a folder."""
    kind, data, port = PROGRAMS[name], folder / "data", free_port()
    data.mkdir()
    server = StoreServer(f"127.0.0.1:{port}")
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **kind.environment}
    with running(
        kind.command(program, port, data),
        environment=variables,
        log=folder / f"{name}.log",
        health=f"{server.endpoint}{kind.health}",
        status=None,
    ):
        yield server
