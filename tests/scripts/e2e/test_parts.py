"""The parts of the checks: chosen by name, and put back however they end."""

from __future__ import annotations

import signal
from contextlib import contextmanager

import pytest

from milkprice import runtime
from scripts.e2e import __main__ as program
from scripts.e2e.checks import CheckError
from scripts.e2e.parts import PARTS, Target, promotion
from scripts.e2e.report import Report
from tests.support.bundles import toy_bundle
from tests.support.registries import open_registry, publish_champion

URL = ["--url", "http://there:1"]


@pytest.fixture
def target(tmp_path, monkeypatch):
    """Return a target whose models lie in a folder."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    folder = tmp_path / "registry"
    publish_champion(open_registry(folder), toy_bundle(name="milk-price"))
    return Target(str(folder), "http://there:1", "", "kubeflow", "milkprice", "milk-price", "")


def test_parts_are_all_or_those_that_are_named_in_their_own_order():
    assert program.parse(URL)[0] == list(PARTS)
    assert program.parse([*URL, "--parts", "canary,service"])[0] == ["service", "canary"]


def test_unknown_part_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        program.parse([*URL, "--parts", "canary,lunch"])
    assert "no part 'lunch': expected some of platform, pipeline" in capsys.readouterr().err


@pytest.mark.parametrize("error", [CheckError("half way"), KeyboardInterrupt()], ids=repr)
def test_promotion_that_breaks_off_leaves_the_champion_that_was(target, error):
    champion = target.models.resolve("milk-price")
    other = target.models.publish(toy_bundle(2, name="milk-price"))

    def broken():
        with promotion(target):
            target.models.promote("milk-price", other, at=runtime.now(), reason="a check")
            raise error

    with pytest.raises(type(error)):
        broken()
    assert target.models.resolve("milk-price") == champion


def part(ended, *, then=None, at_the_end=None):
    """A part with one check."""

    def check():
        if then:
            raise then
        return "fine"

    @contextmanager
    def opened(_):
        try:
            yield {"a check": check}
        finally:
            ended.append(True)
            if at_the_end:
                raise at_the_end

    return opened


def run(monkeypatch, capsys, tmp_path, **parts):
    """Run the program with these parts; its status and its table."""
    monkeypatch.setattr(program, "PARTS", parts)
    monkeypatch.setattr(program, "RECORD", tmp_path / "e2e.json")
    monkeypatch.setattr(program, "about", lambda *_: {})
    status = program.main(URL)
    return status, capsys.readouterr().out


def test_interrupted_part_is_put_back_and_shown(monkeypatch, capsys, tmp_path):
    ended = []
    status, shown = run(monkeypatch, capsys, tmp_path, one=part(ended, then=KeyboardInterrupt()),
                        two=part(ended))  # fmt: skip
    assert (status, ended, "interrupted" in shown) == (130, [True], True)
    assert not (tmp_path / "e2e.json").exists()


@pytest.fixture
def sigterm():
    """Leave its handler as it was."""
    before = signal.getsignal(signal.SIGTERM)
    yield signal.SIGTERM
    signal.signal(signal.SIGTERM, before)


def test_part_that_is_terminated_is_put_back_like_one_that_is_interrupted(
    monkeypatch, capsys, tmp_path, sigterm
):
    ended = []

    @contextmanager
    def opened(_):
        try:
            yield {"a check": lambda: signal.raise_signal(sigterm) or "unharmed"}
        finally:
            ended.append(True)

    status, shown = run(monkeypatch, capsys, tmp_path, one=opened)
    assert (status, ended, "interrupted" in shown) == (130, [True], True)


def test_part_that_cannot_be_put_back_fails_and_the_later_ones_are_skipped(
    monkeypatch, capsys, tmp_path
):
    ended = []
    status, shown = run(monkeypatch, capsys, tmp_path,
                        one=part(ended, at_the_end=CheckError("it is stuck")),
                        two=part(ended))  # fmt: skip
    assert (status, ended) == (1, [True])
    assert [words for words in ("around its checks", "it is stuck", "skipped")
            if words not in shown] == []  # fmt: skip


def test_parts_that_all_do_well_are_kept_as_a_record(monkeypatch, capsys, tmp_path):
    status, _ = run(monkeypatch, capsys, tmp_path, one=part([]), two=part([]))
    assert status == 0
    assert (tmp_path / "e2e.json").exists()


def test_report_names_the_part_that_cannot_begin():
    @contextmanager
    def closed():
        raise CheckError("no way to kubeflow")
        yield

    report = Report()
    report.part("pipeline", closed())
    assert report.rows == [("pipeline, around its checks", "failed", "", "no way to kubeflow")]
