"""The steps that validate, publish and promote a candidate, over files."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from milkprice.forecasting.codec import FORECAST_FILE
from milkprice.registry import Registry, RegistryReader
from milkprice.registry.bundle import SigningKey, VerifyingKeys, read, with_extra_files
from milkprice.registry.errors import (
    AliasSignatureError,
    AliasUnsignedError,
    BundleUnsignedError,
    SigningKeyError,
)
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.settings import Delays
from milkprice.steps import validation
from milkprice.steps.data import check_source
from milkprice.validation import drift, gate
from milkprice.validation.candidate import FEATURES, feature_bytes, feature_rows
from milkprice.validation.gate import Check, Verdict
from tests.support.bundles import toy_bundle
from tests.support.canaries import address, spec, ten_pods
from tests.support.moments import NOON
from tests.support.registries import open_registry
from tests.support.registries import publish_champion as publish_toy

pytestmark = pytest.mark.slow  # each does the whole job, or most of it
PLACE = StoreSettings()


@pytest.fixture
def paths(tmp_path):
    """Where the steps write."""
    return {
        name: str(tmp_path / name)
        for name in (
            "drift",
            "drift_summary",
            "findings",
            "findings_summary",
            "verdict",
            "summary",
            "report",
            "other",
        )
    }


def run_drift(files, paths, place, candidate=None):
    return validation.drift(
        candidate or files.candidate, paths["drift"], paths["drift_summary"], name="milk-price",
        alias="champion", **place,
    )  # fmt: skip


def run_judge(files, paths, place, *, gate="better"):
    check_source(
        files.tables, paths["findings"], paths["findings_summary"], models=["milk-price"],
        clean="repaired", delays=Delays(), alias="champion", gate=gate, **place,
    )  # fmt: skip
    return validation.judge(
        files.candidate, files.forecasts, files.scores, paths["drift"], paths["findings"],
        files.tables, paths["verdict"], paths["summary"], alias="champion", gate=gate, **place,
    )  # fmt: skip


def run_report(files, paths):
    validation.report(
        files.candidate, files.forecasts, files.scores, files.quarantine, paths["drift"],
        paths["verdict"], paths["report"],
    )  # fmt: skip


def publish_champion(bundle, place):
    registry = open_registry(place["registry"])
    version = registry.publish(bundle)
    registry.promote("milk-price", version, at=NOON)
    return version


def test_candidate_holds_its_table_its_forecast_and_its_scores(files):
    bundle = read(Path(files.candidate))
    assert set(bundle.files) == {
        "model.joblib", "polynomial.json", "search.csv", FEATURES, FORECAST_FILE,
    }  # fmt: skip
    assert bundle.files[FORECAST_FILE] == Path(files.forecast).read_bytes()
    assert bundle.sidecar.metrics["model"]["mae"] == files.metrics["mae"]
    assert (
        bundle.sidecar.metrics["forecast, 1 month"]["mae"] == files.flat["mae (forecast, 1 month)"]
    )


def test_drift_without_a_champion_says_so(files, paths, place):
    assert run_drift(files, paths, place) == {}
    assert Path(paths["drift"]).read_bytes() == b"null\n"
    assert "- There is no champion to compare with." in Path(paths["drift_summary"]).read_text()


def test_drift_from_a_champion_of_the_same_data_is_nothing(files, paths, place):
    publish_champion(read(Path(files.candidate)), place)
    assert run_drift(files, paths, place) == {}
    assert "- Nothing moved." in Path(paths["drift_summary"]).read_text()


def test_drift_returns_the_features_that_moved_and_writes_what_did(files, paths, place):
    bundle = read(Path(files.candidate))
    table = feature_rows(bundle)
    feature = table.columns[0]
    other = table.assign(**{feature: table[feature] * 1.5})
    version = publish_champion(with_extra_files(bundle, {FEATURES: feature_bytes(other)}), place)
    columns = run_drift(files, paths, place)
    kept = drift.from_json(Path(paths["drift"]).read_bytes(), where="it")
    assert list(columns) == [feature]
    assert (kept.champion, kept.revised) == (version, len(table))
    assert "past values revised, most of all" in Path(paths["drift_summary"]).read_text()


def test_judge_of_a_first_candidate_lets_it_pass_and_writes_why(files, paths, place):
    run_drift(files, paths, place)
    assert run_judge(files, paths, place) is True
    verdict = gate.from_json(Path(paths["verdict"]).read_bytes(), where="it")
    assert (verdict.promote, verdict.champion) == (True, None)
    text = Path(paths["summary"]).read_text()
    assert text.startswith("# May be promoted\n\nall 2 checks passed, there is no champion yet.\n")
    assert "| baselines | yes | the forecasts' errors are " in text


def test_judge_by_force_lets_the_champion_itself_pass_and_writes_why(files, paths, place):
    version = publish_champion(read(Path(files.candidate)), place)
    run_drift(files, paths, place)
    assert run_judge(files, paths, place, gate="always") is True
    verdict = gate.from_json(Path(paths["verdict"]).read_bytes(), where="it")
    assert (verdict.champion, verdict.forced) == (version, True)
    text = Path(paths["summary"]).read_text()
    assert text.startswith("# May be promoted\n\nforced, although neither")
    assert "| progress | no | " in text


def test_report_is_one_page_of_all_that_was_said(files, paths, place):
    run_drift(files, paths, place)
    run_judge(files, paths, place)
    run_report(files, paths)
    page = Path(paths["report"]).read_text()
    assert page.startswith("<!doctype html>")
    assert "there is no champion yet" in page
    assert "seasonal naive" in page


def test_steps_repeated_write_the_same_bytes(files, paths, place):
    first, second = [], []
    for written in (first, second):
        run_drift(files, paths, place)
        run_judge(files, paths, place)
        run_report(files, paths)
        written += [Path(paths[name]).read_bytes() for name in ("drift", "verdict", "report")]
    assert first == second


PASSED = Verdict(
    promote=True, reason="all is well", checks=(Check("data", True, "fine"),), forced=False
)
REFUSED = replace(PASSED, promote=False, reason="it is worse")


@pytest.fixture
def results(tmp_path):
    """Results of the checks of a candidate, as files."""
    (tmp_path / "drift").write_bytes(drift.to_json(None))
    (tmp_path / "report").write_bytes(b"<!doctype html>")
    return with_verdict(tmp_path, PASSED)


def with_verdict(folder, verdict):
    (folder / "verdict").write_bytes(gate.to_json(verdict))
    return tuple(str(folder / name) for name in ("drift", "verdict", "report"))


def publish(candidate, results, place, *, signing=SigningSettings()):  # noqa: B008  it is frozen
    return validation.publish(str(candidate), *results, alias="champion", signing=signing, **place)


def promote(version, summary, place, *, signing=SigningSettings()):  # noqa: B008  it is frozen
    return validation.promote(
        "milk-price", version, str(summary), alias="champion", now=NOON, signing=signing, **place
    )


def versions(place):
    return [one.version for one in open_registry(place["registry"]).versions("milk-price")]


def test_publish_puts_what_was_said_into_the_bundle(files, results, place):
    version = publish(files.candidate, results, place)
    bundle = open_registry(place["registry"]).fetch("milk-price", version)
    for name, path in zip(("drift.json", "verdict.json", "report.html"), results, strict=True):
        assert bundle.files[name] == Path(path).read_bytes()


def test_publish_repeated_is_one_version(files, results, place):
    first = publish(files.candidate, results, place)
    assert publish(files.candidate, results, place) == first
    assert versions(place) == [first]


def test_publish_with_a_key_leaves_a_signed_version(files, results, place):
    key = SigningKey.generate()
    version = publish(
        files.candidate, results, place, signing=SigningSettings(pem=key.private_pem.decode())
    )
    keys = VerifyingKeys.from_pem(key.public_pem, source="here")
    reader = RegistryReader(open_store(place["registry"], place["settings"]), keys=keys)
    assert reader.fetch("milk-price", version).sidecar.version == version


def test_publish_with_a_key_that_is_none_publishes_nothing(files, results, place):
    with pytest.raises(SigningKeyError, match="MILKPRICE_SIGNING_KEY is no Ed25519 private key"):
        publish(files.candidate, results, place, signing=SigningSettings(pem="secret"))
    assert open_registry(place["registry"]).names() == []


def test_publish_of_the_champion_with_another_verdict_is_the_champion(
    files, results, place, tmp_path
):
    first = publish(files.candidate, results, place)
    assert promote(first, tmp_path / "summary", place)
    other = with_verdict(tmp_path, replace(REFUSED, champion=first))
    assert publish(files.candidate, other, place) == first
    assert versions(place) == [first]


def test_promote_does_as_the_verdict_says_and_writes_it(files, results, place, tmp_path):
    version = publish(files.candidate, results, place)
    assert promote(version, tmp_path / "summary", place) is True
    assert (tmp_path / "summary").read_text() == (
        f"# milk-price {version}\n\nPromoted to champion: all is well.\n"
    )
    assert open_registry(place["registry"]).resolve("milk-price", "champion") == version


def test_promote_against_the_verdict_does_not_happen(files, results, place, tmp_path):
    refused = with_verdict(tmp_path, REFUSED)
    version = publish(files.candidate, refused, place)
    assert promote(version, tmp_path / "summary", place) is False
    assert "Not promoted to champion: it is worse." in (tmp_path / "summary").read_text()
    assert open_registry(place["registry"]).read_aliases("milk-price").targets == {}


@pytest.fixture
def canaries(tmp_path, monkeypatch):
    """Return a cluster that may have a canary, and a registry whose champion it serves not."""
    cluster, folder = ten_pods(), tmp_path / "registry"
    publish_toy(open_registry(folder), toy_bundle())
    monkeypatch.setattr(validation, "open_cluster", lambda: nullcontext(cluster))
    monkeypatch.setattr(validation, "open_store", lambda *_: open_store(str(folder), PLACE))
    return cluster, open_registry(folder)


def judged(*, promote=True, champion=None):
    """A bundle with a verdict."""
    verdict = Verdict(promote=promote, reason="all is well" if promote else "it is worse",
                      checks=(), forced=False, champion=champion)  # fmt: skip
    return with_extra_files(toy_bundle(2), {gate.VERDICT: gate.to_json(verdict)})


def end_of_run(version, tmp_path, **chosen):
    """The last two steps; what each said."""
    place = {
        "alias": "champion",
        "registry": "s3://models",
        "settings": PLACE,
        "keys": None,
        **chosen,
    }
    texts = [tmp_path / "promoted.md", tmp_path / "deployed.md"]
    traffic = {"traffic": place.pop("traffic")} if "traffic" in place else {}
    validation.promote("milk", version, str(texts[0]), now=NOON, signing=SigningSettings(), **place)
    deployed = validation.deploy(
        "milk", version, str(texts[1]), namespace="milkprice", service="milk-price", **place,
        **traffic,
    )  # fmt: skip
    return deployed, *(text.read_text() for text in texts)


def test_canary_of_a_run_leaves_the_alias_and_gets_its_share(canaries, tmp_path):
    cluster, registry = canaries
    champion, version = registry.resolve("milk"), registry.publish(judged())
    deployed, promoted, text = end_of_run(version, tmp_path, deploy="canary", traffic=30)
    assert deployed == version
    assert registry.resolve("milk") == champion
    assert "Not promoted to champion: it is to be a canary first." in promoted
    assert "with 30 % of the requests by the share of its pods." in text
    (canary,) = spec(cluster)["canary"]
    assert (canary["trafficPercent"], canary["predictor"]["model"]["storageUri"]) == (
        30, address(version)
    )  # fmt: skip
    assert end_of_run(version, tmp_path, deploy="canary")[0] == version  # as a retried step does


def test_run_whose_verdict_is_no_begins_no_canary(canaries, tmp_path):
    cluster, registry = canaries
    version = registry.publish(judged(promote=False))
    deployed, promoted, text = end_of_run(version, tmp_path, deploy="canary")
    assert deployed == ""
    assert "Not promoted to champion: it is worse." in promoted
    assert "No canary of InferenceService milk-price in milkprice: it is worse." in text
    assert "canary" not in spec(cluster)


def test_run_that_gives_the_champion_again_begins_no_canary(canaries, tmp_path):
    cluster, registry = canaries
    deployed, _, text = end_of_run(registry.resolve("milk"), tmp_path, deploy="canary")
    assert (deployed, "it is champion already" in text) == ("", True)
    assert "canary" not in spec(cluster)


@pytest.mark.parametrize("deploy", ["no", "false"])
def test_run_that_deploys_nothing_promotes_and_asks_no_cluster(canaries, tmp_path, deploy):
    cluster, registry = canaries
    version = registry.publish(judged(champion=registry.resolve("milk")))
    assert end_of_run(version, tmp_path, deploy=deploy)[0] == ""
    assert registry.resolve("milk") == version
    assert cluster.writes == []


KEY = SigningKey.generate()
SIGNING = SigningSettings(pem=KEY.private_pem.decode())


@pytest.fixture
def verified(place):
    """The same place, of which only what the key signed is read."""
    return {**place, "keys": KEY.verifying}


READERS = {
    "check-source": run_judge,  # it comes before
    "drift": run_drift,
    "judge": lambda files, paths, place: validation.judge(
        files.candidate, files.forecasts, files.scores, paths["drift"], paths["findings"],
        files.tables, paths["verdict"], paths["summary"], alias="champion", gate="better", **place,
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("signer", "error"),
    [(None, AliasUnsignedError), (SigningKey.generate(), AliasSignatureError)],
    ids=["nobody", "another"],
)
def test_champion_that_was_not_promoted_by_the_key_stops_a_step(
    files, paths, place, verified, step, signer, error
):
    run_drift(files, paths, place)
    run_judge(files, paths, place)
    registry = Registry(open_store(place["registry"], place["settings"]), signer=signer)
    version = registry.publish(read(Path(files.candidate)))
    registry.promote("milk-price", version, at=NOON)
    with pytest.raises(error, match="milkprice models sign milk-price"):
        step(files, paths, verified)


def test_champion_that_is_not_signed_stops_a_step(files, paths, place, verified):
    registry = Registry(open_store(place["registry"], place["settings"]))
    version = registry.publish(read(Path(files.candidate)))
    Registry(registry._store, signer=KEY).promote("milk-price", version, at=NOON)
    with pytest.raises(BundleUnsignedError, match=r"has no model\.sig"):
        run_drift(files, paths, verified)


def test_steps_with_both_keys_judge_publish_and_promote(files, paths, verified, results, tmp_path):
    first = publish(files.candidate, results, verified, signing=SIGNING)
    assert promote(first, tmp_path / "summary", verified, signing=SIGNING) is True
    run_drift(files, paths, verified)
    run_judge(files, paths, verified)
    verdict = gate.from_json(Path(paths["verdict"]).read_bytes(), where="it")
    assert verdict.champion == first
    reader = RegistryReader(
        open_store(verified["registry"], verified["settings"]), keys=KEY.verifying
    )
    assert reader.read_aliases("milk-price").key == KEY.id


def test_promote_of_a_version_that_is_not_signed_stops(files, results, place, verified, tmp_path):
    version = publish(files.candidate, results, place)
    with pytest.raises(BundleUnsignedError):
        promote(version, tmp_path / "summary", verified, signing=SIGNING)
    assert open_registry(place["registry"]).read_aliases("milk-price").targets == {}
