"""kubectl, played by a script."""

import pytest

from scripts.e2e.checks import CheckError
from scripts.e2e.kubectl import Kubectl

BUDGET = "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget."  # noqa: E501


@pytest.fixture
def kubectl(tmp_path, monkeypatch):
    """Put a kubectl on the path; return how to say what it does, and what it was asked."""
    program = tmp_path / "kubectl"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def does(text):
        program.write_text(f'#!/usr/bin/env bash\necho "$*" >> {tmp_path}/asked\n{text}\n')
        program.chmod(0o755)
        return tmp_path / "asked"

    return does


def test_command_that_fails_tells_what_it_complained_of(kubectl):
    kubectl("echo no such thing >&2; exit 1")
    with pytest.raises(CheckError, match="kubectl -n milk get pods -o json: no such thing"):
        Kubectl("milk").read("pods")


def test_kubectl_that_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CheckError, match="kubectl is not there"):
        Kubectl("milk").run("version")


def test_pods_that_are_being_deleted_are_not_counted(kubectl):
    kubectl("""echo '{"items": [{"metadata": {"name": "a"}},
        {"metadata": {"name": "b", "deletionTimestamp": "now"}}]}'""")
    assert [one["metadata"]["name"] for one in Kubectl("milk").pods("app=x")] == ["a"]


def test_eviction_that_the_budget_refuses_is_no_error_and_another_is(kubectl):
    asked = kubectl(f'echo "{BUDGET}" >&2; exit 1')
    assert not Kubectl("milk").evict("one")
    assert "/api/v1/namespaces/milk/pods/one/eviction" in asked.read_text()
    kubectl("echo forbidden >&2; exit 1")
    with pytest.raises(CheckError, match="forbidden"):
        Kubectl("milk").evict("one")
    kubectl("cat > /dev/null")
    assert Kubectl("milk").evict("one")


def test_forwarded_port_is_told_and_closed_again(kubectl):
    kubectl('echo "Forwarding from 127.0.0.1:4242 -> 80"; exec sleep 60')
    with Kubectl("milk").forwarded("service/x", 80) as port:
        assert port == 4242


def test_port_that_cannot_be_forwarded_names_the_target(kubectl):
    kubectl("exit 1")
    with (
        pytest.raises(CheckError, match="no way to service/x in milk"),
        Kubectl("milk").forwarded("service/x", 80),
    ):
        pass
