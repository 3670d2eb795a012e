"""The record of artifacts, by what a real metadata service answered."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from scripts.e2e.checks import CheckError
from scripts.e2e.lineage import SERVICE, open_lineage

ANSWERS = json.loads((Path(__file__).parent / "answers" / "lineage.json").read_text())


class Recorded(grpc.GenericRpcHandler):
    """Answers with the bytes that were recorded; of other runs it knows nothing."""

    def service(self, details):
        """See ``grpc.GenericRpcHandler``."""
        method = details.method.removeprefix(f"/{SERVICE}/")

        def answer(request, context):
            if method == "GetContextByTypeAndName" and ANSWERS["run"].encode() not in request:
                return b""
            return bytes.fromhex(ANSWERS[method])

        return grpc.unary_unary_rpc_method_handler(answer)


@pytest.fixture
def lineage():
    """Return the record, asked over a real channel."""
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((Recorded(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with open_lineage(f"127.0.0.1:{port}") as lineage:
        yield lineage
    server.stop(None).wait()


def test_artifacts_of_a_run_have_their_kind_place_and_facts(lineage):
    found = {one.kind: one for one in lineage.artifacts(ANSWERS["run"])}
    assert set(found) == {"system.Model", "system.Metrics", "system.HTML"}
    assert found["system.Metrics"].facts["mae (last value)"] == pytest.approx(4.136154)
    assert found["system.Model"].facts["name"] == "milk-price"
    assert found["system.HTML"].uri.startswith(
        f"s3://mlpipeline/v2/artifacts/milk-price/{ANSWERS['run']}/evaluate/"
    )


def test_run_without_a_record_is_named(lineage):
    with pytest.raises(CheckError, match="no record of run nobody"):
        lineage.artifacts("nobody")


def test_service_that_does_not_answer_is_told():
    with (
        open_lineage("127.0.0.1:9") as lineage,
        pytest.raises(CheckError, match="GetContextByTypeAndName"),
    ):
        lineage.artifacts("any")
