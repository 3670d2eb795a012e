"""The order of things, with programs that only note what they are asked."""

import pytest

NOTE = 'echo "${0##*/} $*" >> "$HOME/asked"\n'
KIND = NOTE + '[ "$1 $2" != "get clusters" ] || cat "$HOME/clusters"'
KUBECTL = (
    NOTE
    + """
case "$*" in
    *"config current-context"*) cat "$HOME/context" ;;
    *"get deployments,statefulsets"*) echo deployment.apps/one ;;
    *"get pods -l serving.kserve.io/inferenceservice=milk-price"*) cat "$HOME/pods" ;;
    *"rollout status deployment/milk-price-predictor"*) [ ! -e "$HOME/waits" ] ;;
esac
"""
)
# Stands in for the project's Python: the names of the images, and a platform that is there.
PYTHON = """#!/usr/bin/env bash
case "$*" in
    *components.image*) echo milkprice-pipeline-python:aaa ;;
    *serving.image*) echo milkprice-predictor:bbb ;;
esac
"""
PROGRAMS = {"docker": NOTE, "kind": KIND, "kubectl": KUBECTL, "make": NOTE, "git": NOTE}


@pytest.fixture
def machine(bare, tmp_path):
    """Run a script where every program is there; return what it said and what was asked."""
    project = tmp_path / "project"
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").write_text(PYTHON)
    (project / ".venv" / "bin" / "python").chmod(0o755)
    for overlay in ("kind", "production"):
        (project / "manifests" / "overlays" / overlay).mkdir(parents=True)

    def run(script, *, clusters="", context="kind-milkprice", pods=None, **environment):
        image = f"{environment.get('IMAGES', '')}/milkprice-predictor:bbb".lstrip("/")
        image = environment.get("PREDICTOR_IMAGE", image)
        # The line of a running pod ends with its empty reason of waiting.
        (tmp_path / "pods").write_text(pods or f"{image} milk-price-1 Running \n")
        (tmp_path / "clusters").write_text(clusters)
        (tmp_path / "context").write_text(context)
        done = bare(script, having=PROGRAMS, **environment)
        asked = tmp_path / "asked"
        return done, asked.read_text().splitlines() if asked.exists() else []

    return run


def positions(asked, *parts):
    """Where each command was first asked for; fails if one was not."""
    return [next(n for n, line in enumerate(asked) if part in line) for part in parts]


def test_kind_up_does_all_in_the_order_of_need(machine):
    done, asked = machine("kind-up")
    assert done.returncode == 0, done.stderr
    found = positions(
        asked,
        "kind create cluster --name milkprice --config kind-config.yaml",
        "make images",
        "kind load docker-image --name milkprice milkprice-pipeline-python:aaa",
        "kind load docker-image --name milkprice milkprice-predictor:bbb",
        "-f manifests/platform/vendor/10-cert-manager-crds.yaml",
        "--for=condition=Established",
        "-f manifests/platform/vendor/11-cert-manager.yaml",
        "-n cert-manager rollout status deployment.apps/one",
        "--dry-run=server -f scripts/probes/issuer.yaml",
        "-f manifests/platform/vendor/20-kserve-crds.yaml",
        "-f manifests/platform/vendor/21-kserve.yaml",
        "--dry-run=server -f scripts/probes/inferenceservice.yaml",
        "-f manifests/platform/vendor/30-kubeflow-pipelines-crds.yaml",
        "-f manifests/platform/vendor/31-kubeflow-pipelines.yaml",
        "-k manifests/platform/configs/kind",
        "-k build/deploy",
        "-n kubeflow rollout status deployment.apps/one",
    )
    assert found == sorted(found)
    applied = [line for line in asked if line.startswith("kubectl apply") and "dry-run" not in line]
    assert all("--server-side" in line for line in applied)


def test_kind_up_ends_with_addresses_and_the_next_three_commands(machine):
    done, _ = machine("kind-up")
    for port in (8080, 8081, 9000, 9001):
        assert f"http://127.0.0.1:{port}" in done.stdout
    last = done.stdout.splitlines()[-3:]
    assert [line.split("make ")[1].split()[0] for line in last] == ["upload", "train", "predict"]


def test_kind_up_again_makes_no_second_cluster(machine):
    done, asked = machine("kind-up", clusters="other\nmilkprice\n")
    assert done.returncode == 0, done.stderr
    assert not any("create cluster" in line for line in asked)


def test_kind_up_beside_a_cluster_of_like_name_makes_its_own(machine):
    _, asked = machine("kind-up", clusters="milkprice-two\n")
    assert any("create cluster" in line for line in asked)


def test_deploy_renders_the_overlay_with_the_content_tag(machine, tmp_path):
    done, _ = machine("deploy", OVERLAY="production", IMAGES="ghcr.io/me")
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "project" / "build" / "deploy" / "kustomization.yaml").read_text()
    assert "- ../../manifests/overlays/production\n" in written
    assert "newName: ghcr.io/me/milkprice-predictor\n" in written
    assert 'newTag: "bbb"\n' in written


def test_deploy_by_digest_names_no_tag(machine, tmp_path):
    image = f"localhost:5000/p@sha256:{'1' * 64}"
    machine("deploy", OVERLAY="production", PREDICTOR_IMAGE=image)
    written = (tmp_path / "project" / "build" / "deploy" / "kustomization.yaml").read_text()
    assert "newName: localhost:5000/p\n" in written
    assert f"digest: sha256:{'1' * 64}\n" in written
    assert "newTag" not in written


def test_deploy_of_the_kind_overlay_elsewhere_has_to_be_asked_for(machine):
    done, asked = machine("deploy", context="production-cluster")
    assert done.returncode == 1
    assert "this is no kind cluster: production-cluster" in done.stderr
    assert not any(line.startswith("kubectl apply") for line in asked)


def test_deploy_of_an_image_that_cannot_be_pulled_fails_though_older_pods_are_ready(machine):
    done, _ = machine(
        "deploy",
        PREDICTOR_IMAGE="milkprice-predictor:nope",
        pods="milkprice-predictor:bbb old Running \n"
        "milkprice-predictor:nope new Pending ImagePullBackOff\n",
    )
    assert done.returncode == 1
    assert "error: the new predictor does not start: new Pending ImagePullBackOff" in done.stderr
    assert "milk-price is ready" not in done.stderr


def test_deploy_before_there_is_a_model_says_what_it_waits_for(machine, tmp_path):
    (tmp_path / "waits").touch()
    done, _ = machine("deploy", READY_SECONDS="0")
    assert done.returncode == 0, done.stderr
    assert "milk-price runs and is not ready" in done.stderr
    assert "make train" in done.stderr


def test_deploy_of_an_unknown_overlay_names_those_there_are(machine):
    done, _ = machine("deploy", OVERLAY="staging")
    assert done.returncode == 1
    assert "no overlay staging; there are: kind production" in done.stderr
