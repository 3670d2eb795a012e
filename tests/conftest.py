"""What all tests share: a real MinIO, the real files, and a count of what was skipped."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import docker
import pytest

from components.image import image
from tests.support.minio import minio_program, running_minio

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
def pipeline_image():
    """Return the name of the pipeline image, which is there."""
    try:
        client = docker.from_env()
        client.images.get(image())
    except (docker.errors.DockerException, docker.errors.ImageNotFound) as error:
        lacking = pytest.fail if os.environ.get("CI") else pytest.skip
        reason = type(error).__name__
        lacking(f"needs a Docker engine and the pipeline image: make images ({reason})")
    client.close()
    return image()


@pytest.fixture
def bucket(minio):
    """Return the name of a bucket that no other test uses."""
    return minio.new_bucket()


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of the real files."""
    folder = Path(os.environ.get("SHARED_DIR", REPOSITORY.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("needs the real files: SHARED_DIR")
    return folder


def pytest_terminal_summary(terminalreporter):
    """Count skipped tests by their reason, so that a quiet run hides nothing."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {count}: {reason}")
