"""The factor values of the factor engine."""

import pytest

from engines.factor.service import FactorEngine


def test_features_are_weighted():
    assert FactorEngine().weigh([2.0, 1.0, 0.5]) == pytest.approx(1.4)


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        FactorEngine().weigh([1.0])
