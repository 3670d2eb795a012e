"""What is installed is pinned: Python's libraries by hash, the images' base by digest."""

import re

import pytest

from tests.scripts.conftest import REPOSITORY

FOLDER = REPOSITORY / "requirements"
# All of them but the resolution, which only constrains, and the audit's list of exceptions.
PINNED = sorted(
    path
    for path in FOLDER.glob("*.txt")
    if path.name not in ("resolution.txt", "audit-ignored.txt")
)
PIN = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==\S+( ; .+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
BASE = re.compile(r"docker\.io/library/python:3\.11-slim-bookworm@sha256:[0-9a-f]{64}")


def requirements(text):
    """Return each requirement with its hashes, and whatever else there is, as it stands there."""
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = plain.replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in joined if line.strip()]


def complaints(text):
    found = []
    for line in requirements(text):
        pin, *hashes = re.split(r" (?=--hash)", line)
        if not (PIN.fullmatch(pin) and hashes and all(map(HASH.fullmatch, hashes))):
            found.append(line)
    return found


def releases(text):
    """Each release with its hashes, on whatever Python it is wanted."""
    return {re.sub(r" ; .*?(?= --hash)", "", line) for line in requirements(text)}


@pytest.mark.parametrize("path", PINNED, ids=[path.name for path in PINNED])
def test_requirement_has_hashes_and_no_address(path):
    assert len(requirements(path.read_text())) >= 1
    assert complaints(path.read_text()) == []
    assert "://" not in re.sub(r"#.*", "", path.read_text())


@pytest.mark.parametrize(
    "line",
    ["numpy==2.2.0", "numpy>=2 --hash=sha256:" + "0" * 64, "--index-url https://x/simple",
     "numpy @ https://x/numpy.whl --hash=sha256:" + "0" * 64, "-e .", "git+https://x/y",
     "numpy==2.2.0 --hash=md5:" + "0" * 32],
    ids=["no hash", "no pin", "index", "address", "editable", "repository", "weak hash"],
)  # fmt: skip
def test_requirement_that_is_not_pinned_would_be_found(line):
    assert complaints(f"pandas==2.3.0 \\\n    --hash=sha256:{'a' * 64}\n{line}\n") == [line]


@pytest.mark.parametrize(
    ("part", "whole"),
    [("install", "run"), ("run", "serve"), ("serve", "development")],
    ids=["install", "run", "serve"],
)
def test_requirements_that_are_installed_on_top_change_nothing_that_is_there(part, whole):
    first, second = (releases((FOLDER / f"{name}.txt").read_text()) for name in (part, whole))
    assert first < second


def test_base_of_the_images_is_a_digest_and_the_one_that_is_watched():
    text = (REPOSITORY / "Dockerfile").read_text()
    (base,) = re.findall(r"^ARG BASE=(.*)$", text, re.MULTILINE)
    assert BASE.fullmatch(base)
    watched = (REPOSITORY / ".github" / "base" / "Dockerfile").read_text()
    assert re.findall(r"^FROM (.*)$", watched, re.MULTILINE) == [base]


def test_images_are_made_of_that_base_and_of_hashed_requirements_alone():
    text = (REPOSITORY / "Dockerfile").read_text()
    stages = {"base", "installer"}
    for source in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert source == "${BASE}" or source in stages
    installs = re.findall(r"pip install .*", text)
    assert installs
    assert all("--require-hashes" in line and "--only-binary :all:" in line for line in installs)
    files = re.findall(r"-r /requirements/(\S+)", text)
    assert {FOLDER / name for name in files} <= set(PINNED)
