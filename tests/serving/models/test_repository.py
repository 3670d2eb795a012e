import pytest

from milkprice.errors import SettingError
from serving.errors import UnknownModelError, UnknownVersionError
from serving.models.repository import AliasWatcher, ModelRepository
from serving.settings import ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import wait_until


@pytest.fixture
def registry(tmp_path):
    """A registry in a folder with two models, each promoted."""
    registry = open_registry(tmp_path / "registry")
    for name in ("milk", "cheese"):
        publish_champion(registry, tiny_bundle(name=name))
    return registry


@pytest.fixture
def started(tmp_path, registry):
    """A repository of both, loaded."""
    uris = tuple(f"{tmp_path}/registry/{name}@champion" for name in ("milk", "cheese"))
    repository = ModelRepository.from_settings(
        ServingSettings(model_uris=uris, refresh_seconds=0.05)
    )
    repository.start()
    wait_until(lambda: repository.is_ready, what="loading")
    yield repository
    repository.stop()


def test_repository_serves_every_model_by_name(started):
    assert started.require("milk").name == "milk"
    assert started.require("cheese").name == "cheese"
    assert started.default.name == "milk"
    with pytest.raises(UnknownModelError, match="no model 'butter' here; served are 'milk', 'ch"):
        started.require("butter")


def test_repository_other_version_is_refused_with_the_loaded_one(started):
    version = started.require("milk").version
    assert started.require("milk", version).version == version
    with pytest.raises(UnknownVersionError, match=f"has version '{version}' loaded, not '1'"):
        started.require("milk", "1")


def test_repository_follows_its_alias(started, registry):
    version = publish_champion(registry, tiny_bundle(slope=2.0))
    wait_until(lambda: started.require("milk").version == version, what="the swap")


def test_repository_explicit_version_is_kept(tmp_path, registry):
    version = publish_champion(registry, tiny_bundle(slope=2.0))
    uris = (f"{tmp_path}/registry/milk@{version}",)
    repository = ModelRepository.from_settings(ServingSettings(model_uris=uris))
    publish_champion(registry, tiny_bundle(slope=3.0))
    repository.default.refresh()
    assert repository.require("milk").version == version


def test_repository_draining_is_not_ready_and_predicts(started):
    started.is_draining = True
    assert not started.is_ready
    assert started.require("milk").predict((1.0, 1.0)).predictions == [101.0]


def test_repository_model_unloaded_on_purpose_does_not_make_it_unready(started):
    started.handle("cheese").unload()
    assert started.is_ready


def test_repository_waits_for_a_registry_that_is_created_later(tmp_path):
    repository = ModelRepository.from_settings(
        ServingSettings(model_uris=(f"{tmp_path}/late/milk",))
    )
    assert not repository.is_ready
    repository.start()
    wait_until(lambda: repository.default.failure is not None, what="a failure")
    assert "has no model 'milk'" in repository.default.failure.reason
    publish_champion(open_registry(tmp_path / "late"), tiny_bundle())
    wait_until(lambda: repository.is_ready, what="loading")
    repository.stop()


def test_repository_one_name_twice_is_refused(tmp_path):
    with pytest.raises(SettingError, match="MODEL_URI is 'milk'; expected every model name once"):
        ModelRepository.from_settings(ServingSettings(model_uris=("a/milk", "b/milk@next")))


def test_repository_single_model_is_served_under_another_name(tmp_path, registry):
    uri = f"{tmp_path}/registry/milk"
    repository = ModelRepository.from_settings(
        ServingSettings(model_uris=(uri,), model_name="price")
    )
    repository.default.refresh()
    assert repository.require("price").predict((1.0, 1.0)).model == "price"


def test_watcher_outlives_a_round_that_dies():
    rounds = []

    def end_round():
        rounds.append(None)
        if len(rounds) == 1:
            raise BaseException("panic")  # noqa: TRY002  as Rust's

    watcher = AliasWatcher(list, after_round=end_round)
    watcher.start()
    wait_until(lambda: len(rounds) > 1, what="another round")
    watcher.stop()
