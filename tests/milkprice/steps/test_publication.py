"""The steps that publish and promote, over files."""

from dataclasses import replace
from pathlib import Path

import pytest

from milkprice.registry import RegistryReader
from milkprice.registry.bundle import SigningKey, VerifyingKeys, read, with_extra_files, write
from milkprice.registry.errors import SigningKeyError
from milkprice.registry.settings import SigningSettings
from milkprice.registry.store import open_store
from milkprice.steps import validation as publication
from milkprice.validation import drift, gate
from milkprice.validation.gate import Check, Verdict
from tests.support.moments import NOON
from tests.support.registries import open_registry

pytestmark = pytest.mark.slow  # each does the whole job, or most of it

PASSED = Verdict(
    promote=True, reason="all is well", checks=(Check("data", True, "fine"),), forced=False
)
REFUSED = replace(PASSED, promote=False, reason="it is worse")


@pytest.fixture
def said(tmp_path):
    """What was said of the candidate, as files."""
    (tmp_path / "drift").write_bytes(drift.to_json(None))
    (tmp_path / "report").write_bytes(b"<!doctype html>")
    return judged_as(tmp_path, PASSED)


def judged_as(folder, verdict):
    (folder / "verdict").write_bytes(gate.to_json(verdict))
    return tuple(str(folder / name) for name in ("drift", "verdict", "report"))


def publish(candidate, said, place, *, signing=SigningSettings()):  # noqa: B008  it is frozen
    return publication.publish(str(candidate), *said, alias="champion", signing=signing, **place)


def promote(version, summary, place):
    return publication.promote(
        "milk-price", version, str(summary), alias="champion", now=NOON, **place
    )


def versions(place):
    return [one.version for one in open_registry(place["registry"]).versions("milk-price")]


def test_publish_puts_what_was_said_into_the_bundle(files, said, place):
    version = publish(files.candidate, said, place)
    bundle = open_registry(place["registry"]).fetch("milk-price", version)
    for name, path in zip(("drift.json", "verdict.json", "report.html"), said, strict=True):
        assert bundle.files[name] == Path(path).read_bytes()


def test_publish_repeated_is_one_version(files, said, place):
    first = publish(files.candidate, said, place)
    assert publish(files.candidate, said, place) == first
    assert versions(place) == [first]


def test_publish_with_a_key_leaves_a_signed_version(files, said, place):
    key = SigningKey.generate()
    version = publish(
        files.candidate, said, place, signing=SigningSettings(pem=key.private_pem.decode())
    )
    keys = VerifyingKeys.from_pem(key.public_pem, source="here")
    reader = RegistryReader(open_store(place["registry"], place["settings"]), keys=keys)
    assert reader.fetch("milk-price", version).sidecar.version == version


def test_publish_with_a_key_that_is_none_publishes_nothing(files, said, place):
    with pytest.raises(SigningKeyError, match="MILKPRICE_SIGNING_KEY is no Ed25519 private key"):
        publish(files.candidate, said, place, signing=SigningSettings(pem="secret"))
    assert open_registry(place["registry"]).names() == []


def test_publish_of_the_champion_with_another_verdict_is_the_champion(files, said, place, tmp_path):
    first = publish(files.candidate, said, place)
    assert promote(first, tmp_path / "summary", place)
    other = judged_as(tmp_path, replace(REFUSED, champion=first))
    assert publish(files.candidate, other, place) == first
    assert versions(place) == [first]


def test_publish_of_another_model_is_another_version(files, said, place, tmp_path):
    first = publish(files.candidate, said, place)
    promote(first, tmp_path / "summary", place)
    other = with_extra_files(read(Path(files.candidate)), {"more": b"1"})
    write(other, tmp_path / "other")
    second = publish(tmp_path / "other", said, place)
    assert sorted(versions(place)) == sorted([first, second])


def test_promote_does_as_the_verdict_says_and_writes_it(files, said, place, tmp_path):
    version = publish(files.candidate, said, place)
    assert promote(version, tmp_path / "summary", place) is True
    assert (tmp_path / "summary").read_text() == (
        f"# milk-price {version}\n\nPromoted to champion: all is well.\n"
    )
    assert open_registry(place["registry"]).resolve("milk-price", "champion") == version


def test_promote_again_is_the_same_and_says_so(files, said, place, tmp_path):
    version = publish(files.candidate, said, place)
    promote(version, tmp_path / "summary", place)
    assert promote(version, tmp_path / "summary", place) is False
    assert "Not promoted to champion: it is champion already." in (tmp_path / "summary").read_text()


def test_promote_against_the_verdict_does_not_happen(files, said, place, tmp_path):
    refused = judged_as(tmp_path, REFUSED)
    version = publish(files.candidate, refused, place)
    assert promote(version, tmp_path / "summary", place) is False
    assert "Not promoted to champion: it is worse." in (tmp_path / "summary").read_text()
    assert open_registry(place["registry"]).read_aliases("milk-price").targets == {}


def test_promote_of_one_judged_against_another_champion_does_not_happen(
    files, said, place, tmp_path
):
    stale = judged_as(tmp_path, replace(PASSED, champion="20260101T000000Z-0"))
    version = publish(files.candidate, stale, place)
    assert promote(version, tmp_path / "summary", place) is False
    assert "moved from 20260101T000000Z-0 to None meanwhile" in (tmp_path / "summary").read_text()
