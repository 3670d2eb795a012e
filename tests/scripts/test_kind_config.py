"""The real kind reads the configuration, up to where it asks Docker for a node."""

import os
import re
import subprocess

import pytest
import yaml

from tests.scripts.conftest import REPOSITORY

CONFIG = REPOSITORY / "kind-config.yaml"
# An engine that can all, and notes what is asked, but starts no container.
DOCKER = """#!/usr/bin/env bash
echo "$*" >> "$(dirname "$0")/asked"
case "$1" in
    info) echo '{"CgroupVersion": "2", "SecurityOptions": [], "MemoryLimit": true}' ;;
    ps | network | inspect | version) ;;
    run) exit 1 ;;
esac
"""
PORTS = {"8080": "30080", "8081": "30081", "9000": "30900", "9001": "30901"}


@pytest.fixture
def kind(tmp_path, tool):
    """Run the real kind with an engine that starts nothing; return what it asked and said."""
    program = tool("kind", how="make tools")
    docker = tmp_path / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)

    def create(config):
        done = subprocess.run(
            [program, "create", "cluster", "--config", config, "--kubeconfig", tmp_path / "config"],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        asked = tmp_path / "asked"
        return asked.read_text() if asked.exists() else "", done.stderr

    return create


def test_kind_accepts_the_configuration_and_asks_for_the_node(kind):
    asked, said = kind(CONFIG)
    assert 'Creating cluster "milkprice"' in said
    (run,) = [line for line in asked.splitlines() if line.startswith("run ")]
    published = dict(re.findall(r"--publish=127\.0\.0\.1:(\d+):(\d+)/TCP", run))
    assert {host: published.get(host) for host in PORTS} == PORTS


def test_kind_refuses_a_field_that_does_not_exist(kind, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CONFIG.read_text().replace("hostPort", "hostPrt"))
    asked, said = kind(wrong)
    assert "field hostPrt not found" in said
    assert "run " not in asked


def test_node_image_is_of_a_supported_release_and_pinned():
    (node,) = yaml.safe_load(CONFIG.read_text())["nodes"]
    minor = int(re.fullmatch(r"kindest/node:v1\.(\d+)\.\d+@sha256:[0-9a-f]{64}", node["image"])[1])
    assert 32 <= minor <= 36


def test_ports_are_on_the_loopback_only():
    (node,) = yaml.safe_load(CONFIG.read_text())["nodes"]
    assert {one["listenAddress"] for one in node["extraPortMappings"]} == {"127.0.0.1"}
