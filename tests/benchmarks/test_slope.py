import pytest

from benchmarks.slope import slope


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0], ids=["root", "proportion", "square"])
def test_slope_of_a_power_is_its_exponent(power):
    sizes = [84, 1000, 10000]
    assert slope(sizes, [3e-6 * size**power for size in sizes]) == pytest.approx(power)
