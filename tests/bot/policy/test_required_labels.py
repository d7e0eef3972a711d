import pytest

from bot.errors import BadPolicyError
from bot.policy.policy_file import load_preset, parse_policy
from bot.policy.required_labels import require_labels
from config.labels import Label
from config.policy import Policy


def parse(text: str) -> Policy:
    return parse_policy(text, where="my.toml", name="my")


def test_a_label_that_the_model_lacks_is_refused_at_the_start() -> None:
    policy = load_preset("balanced")

    require_labels(policy, Label)
    with pytest.raises(BadPolicyError) as refused:
        require_labels(policy, [Label.INSULT, Label.TOXICITY, Label.SEVERE_TOXICITY, Label.THREAT])
    assert str(refused.value) == (
        "policy balanced: categories.slur.labels names identity_attack, which the loaded model does"
        " not score, expected only insult, toxicity, severe_toxicity, threat"
    )


def test_a_label_in_an_override_counts_and_one_of_a_category_not_judged_does_not() -> None:
    unjudged = "[categories.incitement]\njudged = false\n"
    without_threat = [label for label in Label if label is not Label.THREAT]

    require_labels(parse(unjudged), without_threat)
    judged_again = '[[overrides]]\nforum = "1"\n[overrides.categories.incitement]\njudged = true\n'
    with pytest.raises(BadPolicyError, match=r"categories\.incitement\.labels names threat"):
        require_labels(parse(unjudged + judged_again), without_threat)
    named = '[[overrides]]\nforum = "1"\n[overrides.categories.slur]\nlabels = { threat = 1 }\n'
    with pytest.raises(
        BadPolicyError, match=r"overrides\[1\]\.categories\.slur\.labels names threat"
    ):
        require_labels(parse(unjudged + named), without_threat)
