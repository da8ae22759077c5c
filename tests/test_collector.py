"""The collector is off while trees are made, and as it was before when they are there."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from migrator.collector import without_collector


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()
    gc.unfreeze()


def test_it_is_off_inside_and_on_again_after_an_error_too() -> None:
    def fail() -> None:
        raise KeyError(gc.isenabled())

    with pytest.raises(KeyError, match="False"), without_collector():
        fail()
    assert gc.isenabled()


def test_the_inner_one_of_two_leaves_it_off() -> None:
    with without_collector():
        with without_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_left_is_not_walked_by_a_later_collection() -> None:
    gc.unfreeze()
    with without_collector():
        kept = [[number] for number in range(1000)]
    assert gc.get_freeze_count() >= len(kept)
    assert not any(kept is each for each in gc.get_objects())
