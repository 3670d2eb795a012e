"""Options are checked where they are made."""

import pytest

from milkprice.errors import SettingError
from milkprice.settings import SearchSettings, SplitSettings, StoreSettings


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: SplitSettings(kind="rand"), "random or time", id="kind"),
        pytest.param(lambda: SplitSettings(test_share=1.0), "between 0 and 1", id="share"),
        pytest.param(lambda: SplitSettings(gap=-1), "0 months or more", id="gap"),
        pytest.param(lambda: SearchSettings(k=()), "1 or more", id="no k"),
        pytest.param(lambda: SearchSettings(degree=(0, 1)), "1 or more", id="degree"),
        pytest.param(lambda: SearchSettings(alpha=(0.0,)), "above 0", id="alpha"),
        pytest.param(lambda: SearchSettings(folds=1), "2 or more", id="folds"),
    ],
)
def test_meaningless_value_is_refused(make, words):
    with pytest.raises(SettingError, match=words):
        make()


def test_store_settings_read_the_usual_variables_and_hide_secrets():
    settings = StoreSettings.from_environment(
        {
            "AWS_ENDPOINT_URL": "http://minio:9000",
            "AWS_ACCESS_KEY_ID": "user",
            "AWS_SECRET_ACCESS_KEY": "hush",
            "AWS_SESSION_TOKEN": "hush",
            "AWS_DEFAULT_REGION": "sa-east-1",
        }
    )
    assert settings.endpoint == "http://minio:9000"
    assert settings.region == "sa-east-1"
    assert "hush" not in repr(settings)
