"""The decisions of the strategy engine."""

import pytest

from engines.strategy.service import StrategyEngine


@pytest.mark.parametrize(("confidence", "action"), [(0.9, "buy"), (0.5, "buy"), (0.49, "sell")])
def test_a_likely_rise_is_bought(confidence, action):
    assert StrategyEngine().decide(confidence) == action
