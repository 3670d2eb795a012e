"""What all tests share: a real MinIO, the real files, and a count of what was skipped."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from components import image as pipeline
from milkprice.registry.settings import StoreSettings
from serving import image as serving
from tests.support.minio import minio_program, running_minio
from tests.support.stores import PROGRAMS, running_store, store_program

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def minio(tmp_path_factory):
    """Return a MinIO server that lives as long as the run."""
    program = minio_program(REPOSITORY)
    if program is None:
        lacking = pytest.fail if os.environ.get("CI") else pytest.skip
        lacking("needs MinIO: make tools")
    with running_minio(program, tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def store_server_of(request, tmp_path_factory):
    """Return a function that gives a server by its name, started once and as long as the run."""

    @functools.cache
    def server_of(name):
        if name == "minio":
            return request.getfixturevalue("minio")
        program, target = store_program(name), PROGRAMS[name].target
        if program is None:
            ours = os.environ.get("CI") and target == "make tools"
            (pytest.fail if ours else pytest.skip)(f"needs {name}: {target}")
        return stack.enter_context(running_store(name, program, tmp_path_factory.mktemp(name)))

    with contextlib.ExitStack() as stack:
        yield server_of


@pytest.fixture(scope="session")
def pipeline_image():
    """Return the name of the pipeline image, which is there."""
    return _built(pipeline.image())


@pytest.fixture(scope="session")
def predictor_image():
    """Return the name of the predictor image, which is there."""
    return _built(serving.image())


def _built(image):
    program = shutil.which("docker")
    asked = [str(program), "image", "inspect", image]
    # Asked by the program and not by its library, which leaks a socket where no engine answers.
    if program is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        lacking = pytest.fail if os.environ.get("CI") else pytest.skip
        lacking("needs a Docker engine and the images: make images")
    return image


@pytest.fixture
def bucket(minio):
    """Return the name of a bucket that no other test uses."""
    return minio.new_bucket()


@pytest.fixture(params=["folder", pytest.param("minio", marks=pytest.mark.minio)])
def shared_place(request, tmp_path):
    """Return address and settings of a store that other processes reach too."""
    if request.param == "folder":
        return str(tmp_path / "store"), StoreSettings()
    server = request.getfixturevalue("minio")
    return f"s3://{request.getfixturevalue('bucket')}/registry", server.settings


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of the real files."""
    folder = Path(os.environ.get("SHARED_DIR", REPOSITORY.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("needs the real files: SHARED_DIR")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a function that gives a folder a registry of trained models, which is its own.

    They are trained once, for whichever worker of the run asks first.
    """
    from tests.support.models import Published, trained_once  # they import all of training

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def copied(folder):
        return Published(shutil.copytree(trained_once(shared), folder / "registry"))

    return copied


def pytest_terminal_summary(terminalreporter):
    """Count skipped tests by their reason, so that a quiet run hides nothing."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {count}: {reason}")
