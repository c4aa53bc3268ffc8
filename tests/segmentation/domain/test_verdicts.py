import pytest

from segmentation.domain.verdicts import summary_of, verdict_of


def method(key, **given):
    figures = {
        "key": key,
        "name": key.title(),
        "groups": 4,
        "noise": 0.0,
        "smallest": 0.1,
        "silhouette": 0.25,
        "stability": 0.9,
        "agreement": 0.82,
        "outcomes": {"total_return": {"ratio": 0.10, "chance": 0.002}},
    }
    return figures | given


def returns(ratio, chance=0.002):
    return {"total_return": {"ratio": ratio, "chance": chance}}


OWN = method("kmeans", agreement=1.0)


def test_a_verdict_names_what_is_gained_and_lost():
    assert verdict_of(method("ward", silhouette=0.21, stability=0.91), OWN) == (
        "Makes nearly the same groups (ARI 0.82) with a lower silhouette (0.21, K-Means 0.25) and "
        "about the same stability (0.91, K-Means 0.90)."
    )
    assert verdict_of(method("mixture", agreement=0.3, outcomes=returns(0.15)), OWN).endswith(
        "Explains total return better (15.0% of its variance, K-Means 10.0%)."
    )


def test_noise_and_splinters_are_said():
    found = verdict_of(method("hdbscan", groups=2, noise=0.43, smallest=0.013), OWN)
    assert "silhouette of those it groups" in found
    assert "Finds 2 groups and leaves 43% of customers in no group" in found
    assert "its smallest group holds 1.3%" in found


def test_what_could_not_be_fitted_says_why():
    broken = {"key": "ward", "name": "Ward", "reason": "It could not be fitted."}
    assert verdict_of(broken, OWN) == "It could not be fitted."
    assert verdict_of(OWN, OWN) == "What the others are compared with."
    assert "nothing to compare" in summary_of([OWN, broken])
    assert "could not be measured" in summary_of([broken, OWN])


def test_the_summary_says_where_k_means_loses():
    better = method("ward", silhouette=0.30, stability=0.80, outcomes=returns(0.12))
    assert summary_of([OWN, better]) == (
        "No method does clearly better than K-Means in stability. K-Means loses in silhouette to "
        "Ward (0.30 against 0.25); and explaining total return to Ward (12.0% against 10.0%)."
    )
    worse = method("ward", silhouette=0.2, stability=0.8, outcomes=returns(0.01))
    assert summary_of([OWN, worse]) == (
        "No method does clearly better than K-Means in silhouette, stability and explaining total "
        "return."
    )


def test_a_silhouette_without_the_scattered_is_no_rival():
    scattered = method("hdbscan", silhouette=0.6, noise=0.5, stability=0.5)
    assert "K-Means loses" not in summary_of([OWN, method("ward"), scattered])


@pytest.mark.parametrize("there", [0.003, 0.006])
def test_nobody_leads_where_all_are_as_good_as_chance(there):
    own = method("kmeans", outcomes=returns(0.004))
    found = summary_of([own, method("ward", outcomes=returns(there))])
    assert "None of them explains total return more than groups drawn by lot would." in found
    assert "explaining" not in found
