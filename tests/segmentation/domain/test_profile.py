import numpy as np
import pytest

from segmentation.domain.features import main_features
from segmentation.domain.naming import describe, in_words
from segmentation.domain.profile import Yardstick, group_means, group_medians, tiers

KEYS = [feature.key for feature in main_features()]


def scores(**given):
    return np.array([given.get(key, 0.0) for key in KEYS])


def test_yardstick_measures_against_all_customers():
    # 2, 4, 6, 8: mean 5, deviation sqrt(5). A constant column says nothing.
    clipped = np.column_stack([[2.0, 4, 6, 8], np.full(4, 3.0)])
    found = Yardstick.fit(clipped).scores(clipped)
    np.testing.assert_allclose(found[:, 0], np.array([-3, -1, 1, 3]) / np.sqrt(5))
    assert (found[:, 1] == 0).all()


def test_means_and_medians_of_segments():
    values = np.array([[1.0, np.nan], [3.0, 4.0], [10.0, np.nan], [20.0, np.nan], [60.0, 6.0]])
    labels = np.array([0, 0, 1, 1, 1])
    np.testing.assert_array_equal(group_means(values[:, :1], labels, 2), [[2], [30]])
    np.testing.assert_array_equal(group_medians(values, labels, 2), [[2, 4], [20, 6]])


def test_tiers_are_the_natural_breaks_of_log_averages():
    # 46 lakh stands alone, 8.0 and 10 lakh together, 1.1 lakh alone.
    assert tiers([8.01e5, 46e5, 1.08e5, 10e5]) == ["medium", "high", "low", "medium"]
    assert tiers([5e5, 50e5]) == ["low", "high"]
    assert tiers([5e5]) == ["medium"]
    assert tiers([0.0, np.nan, 9e5]) == ["medium", "low", "high"]


def test_the_sentence_quotes_typical_values_beside_all_customers():
    typical = {"portfolio_value": 46e5, "sip_share": 0.9}
    overall = {"portfolio_value": 8e5, "sip_share": 0.1}
    sentence = describe(
        scores(portfolio_value=1.5, sip_share=0.9, turnover=0.1),
        np.array([typical.get(key, np.nan) for key in KEYS]),
        np.array([overall.get(key, np.nan) for key in KEYS]),
        main_features(),
    )
    assert sentence == (
        "Typical here: portfolio value ₹46.00 lakh (all customers: ₹8.00 lakh); "
        "SIP share 90% (all customers: 10%)."
    )
    # A mean that lies apart while the typical customer does not is nothing to quote.
    alike = np.full(len(KEYS), 0.5)
    assert describe(scores(sip_share=2.0), alike, alike, main_features()).startswith("Close to")
    nothing = np.full(len(KEYS), np.nan)
    assert describe(scores(), nothing, nothing, main_features()).startswith("Close to the average")


@pytest.mark.parametrize(
    "value, unit, text",
    [
        (2.2e7, "rupees", "₹2.20 crore"),
        (61_488, "rupees", "₹61,488"),
        (0.275, "share", "28%"),
        (-0.4, "share", "−40%"),
        (79.2, "score", "79 of 100"),
        (498.2, "days", "498 days"),
        (3.71, "times_a_year", "3.71 times a year"),
        (np.nan, "rupees", "—"),
    ],
)
def test_values_in_words(value, unit, text):
    assert in_words(value, unit) == text
