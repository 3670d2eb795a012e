"""The list of an image's parts."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import version

import pytest
from packaging.markers import Marker

from scripts import cyclonedx, inventory
from tests.scripts.conftest import REPOSITORY
from tests.scripts.test_requirements import requirements

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u10
Description: shared libraries
 Package: this is text

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: tzdata
Status: install ok installed
Architecture: all
Version: 1:2025b-0
"""
IMAGE = "registry.example.com/milkprice:0123456789ab"


def test_packages_are_those_installed(tmp_path):
    (tmp_path / "status").write_text(STATUS)
    assert inventory.packages(tmp_path / "status") == [
        {"package": "libc6", "version": "2.36-9+deb12u10", "architecture": "amd64"},
        {"package": "tzdata", "version": "1:2025b-0", "architecture": "all"},
    ]
    assert inventory.packages(tmp_path / "none") == []


@pytest.fixture
def as_image(tmp_path, monkeypatch):
    """Let ``docker run`` be this Python, as it is in an image without a network."""
    docker = tmp_path / "docker"
    docker.write_text(
        "#!/bin/sh\n"
        'while [ "$1" != --entrypoint ]; do shift; done\n'
        f'[ "$2 $3 $4" = "python {IMAGE} -c" ] && exec "{sys.executable}" -c "$5"\n'
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def test_document_names_every_part_by_its_address(as_image, tmp_path):
    for file in ("one", "two"):
        assert cyclonedx.main(IMAGE, tmp_path / "sbom" / file) == 0
    assert (tmp_path / "sbom" / "one").read_bytes() == (tmp_path / "sbom" / "two").read_bytes()
    document = json.loads((tmp_path / "sbom" / "one").read_text())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["version"] == "0123456789ab"
    found = {one["purl"]: one for one in document["components"]}
    assert len(found) == len(document["components"])
    assert found[f"pkg:pypi/numpy@{version('numpy')}"]["name"] == "numpy"
    assert "pkg:generic/python@{}.{}.{}".format(*sys.version_info) in found


def test_document_writes_signs_of_debian_as_addresses_have_them():
    packages = [{"package": "libc6", "version": "1:2.36+deb", "architecture": "amd64"}]
    document = cyclonedx.document(IMAGE, {"python": "3", "libraries": [], "packages": packages})
    assert document["components"][-1]["purl"] == "pkg:deb/debian/libc6@1%3A2.36%2Bdeb?arch=amd64"


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize("target", ["pipeline", "predictor"])
def test_parts_of_an_image_are_its_requirements_and_no_more(target, request):
    """What is installed there is what the hashed file says, release by release."""
    found = cyclonedx.inside(request.getfixturevalue(f"{target}_image"))
    texts = [path.read_text() for path in (REPOSITORY / "requirements").glob(f"{target}*.txt")]
    environment = {"python_version": "3.11", "python_full_version": found["python"]}
    wanted = {}
    for line in requirements("\n".join(texts)):
        pin, _, marker = line.partition(" --hash")[0].partition(" ; ")
        if not marker or Marker(marker).evaluate(environment):
            name, _, release = pin.partition("==")
            wanted[name.partition("[")[0]] = release
    wanted.pop("setuptools", None)  # taken out again, with pip
    installed = {
        one["name"].lower().replace("_", "-").replace(".", "-"): one["version"]
        for one in found["libraries"]
    }
    assert {name: installed.get(name) for name in wanted} == wanted
    assert set(installed) - set(wanted) <= {"pip", "setuptools", "wheel"}
    assert any(one["package"] == "libc6" for one in found["packages"])


def test_sbom_without_docker_or_its_engine_says_so(bare):
    assert "missing: docker" in bare("sbom").stderr
    assert "engine does not answer" in bare("sbom", having={"docker": "exit 1"}).stderr


def test_inventory_needs_nothing_but_python(tmp_path):
    shutil.copy(cyclonedx.INVENTORY, tmp_path / "inventory.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "inventory.py"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["libraries"] == []
