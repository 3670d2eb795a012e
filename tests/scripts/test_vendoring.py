import os
import subprocess

import pytest

from scripts import rendering, sources, vendoring
from scripts.sources import Source, VendoringError

COMMIT = "1" * 40
PINNED = Source("owner/repo", "v1", COMMIT, "config", "2" * 64)
ELSEWHERE = {
    "another-repository": "https://github.com/owner/other//config?ref=v1",
    "another-folder": "https://github.com/owner/repo//charts?ref=v1",
    "a-folder-of-like-name": "https://github.com/owner/repo//config-two?ref=v1",
    "another-release": "https://github.com/owner/repo//config?ref=v2",
    "a-branch": f"https://github.com/owner/repo//config?ref={COMMIT[:7]}",
    "a-file-of-the-web": "https://example.com/all.yaml",
    "by-git": "git@github.com:owner/repo//config?ref=v1",
}


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Return a folder with a clone called repo, and its one source."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "clones" / "repo"
    (folder / "config" / "deep").mkdir(parents=True)
    (folder / "config" / "a.yaml").write_text("a: 1\n")
    (folder / "config" / "deep" / "b.yaml").write_text("b: 2\n")
    (folder / "other.txt").write_text("not asked for\n")
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    hashed = sources.tree_hash(folder / "config")
    return folder.parent, Source("owner/repo", "v1", commit, "config", hashed)


def test_sources_of_the_platform_are_well_formed_and_pinned():
    pinned = sources.read_sources(vendoring.SOURCES)
    assert {source.name for source in pinned} == {
        "manifests", "kserve", "pipelines", "argo-workflows",
    }  # fmt: skip
    assert len({(source.repository, source.path) for source in pinned}) == len(pinned)


def test_every_reference_of_the_platform_is_pinned_by_commit():
    pinned = sources.read_sources(vendoring.SOURCES)
    commits = {source.repository: source.commit for source in pinned}
    files = [
        file
        for folder in ("controllers", "configs")
        for file in (vendoring.PLATFORM / folder).rglob("kustomization.yaml")
    ]
    found = [
        match.groups() for file in files for match in rendering.REFERENCE.finditer(file.read_text())
    ]
    assert len(found) == 7
    assert all(commits[repository] == reference for repository, _, reference in found)


@pytest.mark.parametrize(
    "line",
    [
        "owner/repo v1 main config " + "2" * 64,
        f"owner/repo v1 {COMMIT} config",
        f"owner/repo v1 {COMMIT} config " + "2" * 63,
    ],
    ids=["a-branch", "no-hash", "short-hash"],
)
def test_sources_line_that_pins_nothing_is_refused_by_its_number(tmp_path, line):
    file = tmp_path / "sources.txt"
    file.write_text(f"# a comment\n\n{line}\n")
    with pytest.raises(VendoringError, match=r"sources.txt line 3 is not: owner/name tag commit"):
        sources.read_sources(file)


def test_tree_hash_is_what_sha256sum_says(clone):
    folder, source = clone
    command = "find . -type f | sed 's,^./,,' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    said = subprocess.check_output(command, shell=True, cwd=folder / "repo/config", text=True)  # noqa: S602
    assert said.split()[0] == source.sha256


def test_bring_takes_only_the_folder(clone, tmp_path):
    folder, source = clone
    sources.bring(source, tmp_path / "out", folder)
    brought = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert brought == ["a.yaml", "b.yaml"]


def test_bring_of_other_bytes_is_refused_with_both_hashes(clone, tmp_path):
    folder, source = clone
    tampered = Source(source.repository, source.tag, source.commit, source.path, "3" * 64)
    with pytest.raises(VendoringError, match=f"hash {source.sha256}, sources.txt says 3333"):
        sources.bring(tampered, tmp_path / "out", folder)


def test_bring_of_a_folder_that_is_not_there_is_refused(clone, tmp_path):
    folder, source = clone
    missing = Source(source.repository, source.tag, source.commit, "charts", source.sha256)
    with pytest.raises(VendoringError, match=f"owner/repo has no charts at {source.commit}"):
        sources.bring(missing, tmp_path / "out", folder)


def test_bring_of_a_link_is_refused(clone, tmp_path):
    folder, source = clone
    (folder / "repo" / "config" / "link").symlink_to("/etc/passwd")
    git = ["git", "-C", str(folder / "repo"), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["add", "."], ["commit", "--quiet", "-m", "two"]):
        subprocess.run([*git, *command], check=True)
    head = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    linked = Source(source.repository, source.tag, head, source.path, source.sha256)
    with pytest.raises(VendoringError, match="config/link is no file, but of mode 120000"):
        sources.bring(linked, tmp_path / "out", folder)


def test_bring_of_a_missing_commit_says_what_git_said(clone, tmp_path):
    folder, source = clone
    missing = Source(source.repository, source.tag, COMMIT, source.path, source.sha256)
    with pytest.raises(VendoringError, match=f"git .* {COMMIT} .* failed: fatal"):
        sources.bring(missing, tmp_path / "out", folder)


@pytest.mark.parametrize(
    "reference",
    [
        f"https://github.com/owner/repo//config/deep?ref={COMMIT}",
        f"https://github.com/owner/repo//config/deep?ref={COMMIT}&timeout=300s",
        "https://github.com/owner/repo/config/deep?ref=v1&timeout=60s",
    ],
    ids=["by-commit", "with-timeout", "by-tag-with-one-slash"],
)
def test_localized_reference_that_is_pinned_becomes_a_relative_path(tmp_path, reference):
    at, into = tmp_path / "controllers" / "x", tmp_path / "sources"
    text = f"resources:\n  - {reference}\n  - own.yaml\n"
    found = rendering.localized(text, at=at, into=into, sources=[PINNED])
    assert found == "resources:\n  - ../../sources/repo/config/deep\n  - own.yaml\n"


@pytest.mark.parametrize("reference", ELSEWHERE.values(), ids=ELSEWHERE)
def test_localized_reference_that_is_not_pinned_leads_nowhere(tmp_path, reference):
    text = f"resources:\n- {reference}\n"
    found = rendering.localized(text, at=tmp_path, into=tmp_path, sources=[PINNED])
    assert found == f"resources:\n- not-in-sources.txt/{reference}\n"


def test_split_puts_types_first_and_loses_nothing():
    crd = "apiVersion: v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a"
    role = "kind: Role\nrules:\n- resources:\n  - kind: CustomResourceDefinition"
    assert rendering.split(f"{role}\n---\n{crd}\n") == (f"{crd}\n", f"{role}\n")


def test_images_are_found_in_fields_settings_arguments_and_variables():
    manifest = """
      image: mysql:8.4
      - image: kserve/kserve-controller:v0.20.0
      agent: |-
        {"image": "kserve/agent:v0.20.0"}
      - --executor-image
      - quay.io/argoproj/argoexec:v4.0.5
      - name: V2_DRIVER_IMAGE
        value: ghcr.io/kubeflow/kfp-driver:2.17.0
      host: minio.milkprice.svc.cluster.local:9000
    """
    assert rendering.images(manifest) == [
        "ghcr.io/kubeflow/kfp-driver:2.17.0",
        "kserve/agent:v0.20.0",
        "kserve/kserve-controller:v0.20.0",
        "mysql:8.4",
        "quay.io/argoproj/argoexec:v4.0.5",
    ]


@pytest.mark.parametrize("tag", ["latest", "master"])
def test_images_with_a_tag_that_moves_are_refused(tag):
    with pytest.raises(VendoringError, match=f"tags that move: kserve/agent:{tag}"):
        rendering.images(f"image: kserve/agent:{tag}")


def test_bring_without_clones_downloads_one_commit_and_no_other_folder(
    clone, tmp_path, monkeypatch
):
    folder, source = clone
    git = ["git", "-C", str(folder / "repo"), "config"]
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run([*git, setting, "true"], check=True)
    (tmp_path / "hub" / "owner").mkdir(parents=True)
    (tmp_path / "hub" / "owner" / "repo.git").symlink_to(folder / "repo")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{tmp_path}/hub/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/")
    sources.bring(source, tmp_path / "out", None)
    brought = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert brought == ["a.yaml", "b.yaml"]
