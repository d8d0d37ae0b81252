"""Which column is which pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract import learn
from interlock.contract.pixel import Pixel, pixel
from interlock.profile import Profile, Values

sides = st.integers(0, 999)


@given(sides, sides, st.sampled_from(["", "red", "green", "blue"]))
def test_a_pixel_is_known_by_its_name(row: int, column: int, channel: str) -> None:
    assert pixel(Pixel(row, column, channel).name) == Pixel(row, column, channel)


@pytest.mark.parametrize(
    "name", ["pixel", "pixel_1", "pixel_01_2", "pixel_1_2_", "pixel_1_2_alpha", "a_pixel_1_2"]
)
def test_other_names_are_no_pixels(name: str) -> None:
    assert pixel(name) is None


@pytest.mark.parametrize(("brightest", "maximum"), [(3, 255.0), (255, 255.0), (4000, 4400.0)])
def test_a_pixel_may_be_anything_up_to_255_however_dark_the_images_were(
    brightest: int, maximum: float
) -> None:
    values = np.arange(50) % 3
    values[0] = brightest
    contract = learn(Profile.of({"pixel_0_0": Values("integer", values)}))
    assert (contract["pixel_0_0"].minimum, contract["pixel_0_0"].maximum) == (0.0, maximum)
