"""A model of three columns, and the Open Inference Protocol as it is published."""

import os
import sys
from pathlib import Path

import pytest
import yaml

from milkprice.registry.bundle import Feature
from serving.payload.schema import Schema

REPOSITORY = Path(__file__).resolve().parents[3]
FEATURES = (
    Feature(name="Rain_Mean", unit="mm", minimum=0.0, maximum=310.5),
    Feature(name="Año", unit="1", minimum=2013, maximum=2020),
    Feature(name="price", unit="CLP/l", minimum=100.0, maximum=300.0),
)


@pytest.fixture(scope="session")
def schema():
    return Schema.from_features(FEATURES)


@pytest.fixture(scope="session")
def wide_schema():
    """Return the schema of as many columns as the notebook's model has."""
    return Schema.from_features(
        [Feature(name=f"column_{n}", unit="1", minimum=-1e300, maximum=1e300) for n in range(48)]
    )


@pytest.fixture(scope="session")
def protocol():
    """Return the schemas of the Open Inference Protocol."""
    folder = Path(os.environ.get("SHARED_DIR", REPOSITORY.parent / "shared")) / "oip"
    if not folder.is_dir():
        pytest.skip("needs the published protocol: SHARED_DIR")
    return yaml.safe_load((folder / "open_inference_rest.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def messages():
    """Return KServe's gRPC messages; importing them reads the command line."""
    arguments, sys.argv = sys.argv, sys.argv[:1]
    try:
        from kserve.protocol.grpc import grpc_predict_v2_pb2
    finally:
        sys.argv = arguments
    return grpc_predict_v2_pb2
