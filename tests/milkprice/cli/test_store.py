"""Checking a server by hand, and writing to one without."""

import pytest

from milkprice.registry.store import open_store
from tests.support.bundles import toy_bundle
from tests.support.registries import open_registry

VARIABLE = "MILKPRICE_SINGLE_WRITER"


@pytest.fixture
def unsound(store_server_of):
    """A server that ignores If-Match, and its variables without the one about writers."""
    server = store_server_of("localbucket")
    variables = {name: value for name, value in server.environment.items() if name != VARIABLE}
    return server, variables


@pytest.mark.minio
def test_check_of_a_sound_server_says_so_and_leaves_nothing(milkprice, minio, bucket):
    uri = f"s3://{bucket}/registry"
    shown = milkprice("store", "check", uri, **minio.environment)
    assert shown.status == 0, shown.err
    assert "PUT If-Match of an older ETag is refused" in " ".join(shown.out.split())
    document = milkprice("store", "check", uri, "--json", **minio.environment).json
    assert {one["holds"] for one in document["conditions"]} == {True}
    assert document["server"] == minio.endpoint
    assert open_store(f"s3://{bucket}", minio.settings).list() == []


@pytest.mark.localbucket
def test_check_of_an_unsound_server_shows_what_fails_and_fails(milkprice, unsound):
    server, variables = unsound
    done = milkprice("store", "check", f"s3://{server.new_bucket()}", "--json", **variables)
    assert done.status == 1
    assert done.json["server"] == server.endpoint
    assert {one["name"] for one in done.json["conditions"] if not one["holds"]} >= {
        "PUT If-Match of an older ETag is refused",
        "of 20 PUT If-Match at once one is done",
    }
    assert f"at {server.endpoint} fails 'PUT If-Match" in done.err


@pytest.mark.localbucket
@pytest.mark.parametrize(
    ("options", "variables", "status"),
    [([], {}, 1), (["--single-writer"], {}, 0), ([], {VARIABLE: "true"}, 0)],
    ids=["neither", "option", "variable"],
)
def test_promote_on_an_unsound_server_is_for_a_single_writer(
    milkprice, unsound, options, variables, status
):
    server, without = unsound
    uri = f"s3://{server.new_bucket()}"
    version = open_registry(uri, server.settings).publish(toy_bundle())
    command = ("models", "promote", "milk", version, "--registry", uri, *options)
    done = milkprice(*command, **without, **variables)
    assert done.status == status, done.err
    aliases = open_registry(uri, server.settings).read_aliases("milk").targets
    assert dict(aliases) == ({} if status else {"champion": version})


def test_check_of_a_folder_passes(milkprice, tmp_path):
    document = milkprice("store", "check", str(tmp_path / "registry"), "--json").json
    assert document["server"] is None
    assert {one["holds"] for one in document["conditions"]} == {True}
