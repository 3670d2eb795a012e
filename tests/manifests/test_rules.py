"""Our own rules, each held against every way to deploy, and each seen to find what it is for."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import yaml

from tests.manifests.rules import (
    images,
    network,
    objects,
    pods,
    predictors,
    references,
    selectors,
)

pytestmark = pytest.mark.kustomize


def rules_of(module):
    """Every public function of a module that yields complaints."""
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation == "Iterator[str]"
    ]


RULES = {
    f"{module.__name__.rpartition('.')[2]}: {rule.__name__.replace('_', ' ')}": rule
    for module in (objects, pods, predictors, images, network, selectors, references)
    for rule in rules_of(module)
}
# By rule: way to deploy, object, place in it, and what then stands there, if anything.
FAULTS = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rendering_keeps_rule(rendering, rule):
    assert list(rule(rendering)) == []


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        pytest.param(rule, fault, id=f"{rule} ({fault[2]})")
        for rule, faults in FAULTS.items()
        for fault in faults
    ],
)
def test_rule_finds_fault(rendered, rule, fault):
    way, name, path, *value = fault
    broken = rendered(way).changed()
    change(broken.one(*name.split("/")), path.split("|"), value)
    assert list(RULES[rule](broken)) != []


def test_every_rule_has_a_fault():
    assert sorted(FAULTS) == sorted(RULES)


def change(place, steps, value):
    """Let the value stand at a place within an object, or take out what stands there."""
    *steps, last = [int(step) if step.isdecimal() else step for step in steps]
    for step in steps:
        place = place[step]
    if not value:
        del place[last]
    elif isinstance(place, list):
        place[last : last + 1] = value
    else:
        place[last] = value[0]
