"""The predictions of the ML engine."""

import pytest

from engines.ml.service import MLEngine


def test_a_first_price_says_nothing():
    assert MLEngine().learn("AAPL", 100.0) == 0.5


def test_a_rising_price_raises_the_confidence():
    engine = MLEngine()
    engine.learn("AAPL", 100.0)
    assert engine.learn("AAPL", 101.0) == pytest.approx(0.6)


def test_confidence_stays_between_zero_and_one():
    engine = MLEngine()
    engine.learn("AAPL", 100.0)
    assert engine.learn("AAPL", 200.0) == 1.0
    assert engine.learn("AAPL", 1.0) == 0.0
