import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import MemberId
from bot.domain.scores import Scores
from bot.domain.verdict import Addressee, Breach, Decision
from bot.policy.judge import judge
from config.labels import Label
from config.policy import Category, Mode, Policy
from tests.bot.policy.policies import MODEL, a_policy, fractions, policies, scores

OLD_SALT = Addressee(MemberId("id-old_salt"), "old_salt", "a reply with “you”")


def test_a_score_at_the_act_threshold_is_acted_on_and_names_label_threshold_and_addressee() -> None:
    verdict = judge(scores(insult=0.93, threat=0.1), a_policy(), OLD_SALT)

    assert verdict.decision is Decision.ACT
    assert verdict.breaches == (
        Breach(Category.HARASSMENT, Label.INSULT, 0.93, 0.85, Decision.ACT),
    )
    assert verdict.addressee == OLD_SALT
    assert verdict.reason == (
        "harassment: insult scored 0.93, at or above the act threshold 0.85;"
        " speaks to old_salt (a reply with “you”)"
    )


@pytest.mark.parametrize(
    ("insult", "decision"),
    [
        (0.59999, Decision.ALLOW),
        (0.60, Decision.FLAG),
        (0.84999, Decision.FLAG),
        (0.85, Decision.ACT),
        (1.0, Decision.ACT),
    ],
)
def test_a_score_at_a_threshold_reaches_it(insult: float, decision: Decision) -> None:
    assert judge(scores(insult=insult), a_policy(), OLD_SALT).decision is decision


def test_the_same_insult_weighs_less_about_nobody_present() -> None:
    verdict = judge(scores(insult=0.9), a_policy(), None)

    # 0.9 * 0.75 = 0.675: above flag (0.60), below act (0.85)
    assert verdict.decision is Decision.FLAG
    assert verdict.categories[Category.HARASSMENT] == pytest.approx(0.675)
    assert verdict.reason == (
        "harassment: insult scored 0.90, weighed to 0.67, at or above the flag threshold 0.60;"
        " speaks to nobody present"
    )


def test_a_slur_weighs_the_same_whoever_is_present() -> None:
    told = judge(scores(identity_attack=0.9), a_policy(), OLD_SALT)
    untold = judge(scores(identity_attack=0.9), a_policy(), None)

    assert told.breaches == untold.breaches
    assert untold.reason == "slur: identity_attack scored 0.90, at or above the act threshold 0.85"


def test_a_category_scores_as_its_highest_weighed_label() -> None:
    verdict = judge(scores(toxicity=0.99, insult=0.7, severe_toxicity=0.2), a_policy(), OLD_SALT)

    # toxicity 0.99 * 0.65 = 0.6435 is below insult 0.7 * 1.0
    assert verdict.categories[Category.HARASSMENT] == 0.7
    assert [breach.label for breach in verdict.breaches] == [Label.INSULT]


def test_breaches_come_gravest_first_and_each_has_its_sentence() -> None:
    verdict = judge(scores(insult=0.7, threat=0.86, identity_attack=0.99), a_policy(), OLD_SALT)

    # points: threat 2.5 + (0.01 / 0.15) * 1.5 = 2.6; slur 2 + (0.14 / 0.15) * 1 = 2.93; flag 0
    assert [breach.category for breach in verdict.breaches] == ["slur", "incitement", "harassment"]
    assert [breach.decision for breach in verdict.breaches] == ["act", "act", "flag"]
    assert verdict.decision is Decision.ACT
    assert verdict.reason == (
        "slur: identity_attack scored 0.99, at or above the act threshold 0.85;"
        " incitement: threat scored 0.86, at or above the act threshold 0.85;"
        " harassment: insult scored 0.70, at or above the flag threshold 0.60;"
        " speaks to old_salt (a reply with “you”)"
    )


def test_an_allowed_comment_says_what_came_nearest_and_never_rounds_up_to_a_threshold() -> None:
    verdict = judge(scores(insult=0.3, threat=0.4999), a_policy(), OLD_SALT)

    # threat 0.4999 of 0.50 is nearer than insult 0.3 of 0.60; two decimals are cut, not rounded
    assert verdict.decision is Decision.ALLOW
    assert verdict.breaches == ()
    assert verdict.reason == (
        "the nearest is incitement: threat at 0.49, below the flag threshold 0.50"
    )


def test_a_label_the_model_lacks_is_left_out_and_never_taken_as_zero() -> None:
    verdict = judge(scores(threat=0.2), a_policy(), None)

    assert verdict.categories == {Category.INCITEMENT: 0.2}
    none = judge(scores(sexual_explicit=0.9), a_policy(), None)
    assert none.decision is Decision.ALLOW
    assert none.categories == {}
    assert none.reason == "the model scores no label that this policy judges by"


def test_a_comment_without_words_is_allowed() -> None:
    verdict = judge(Scores({}, MODEL), a_policy(), None)

    assert (verdict.decision, verdict.categories, verdict.breaches) == (Decision.ALLOW, {}, ())
    assert verdict.reason == "no words to judge"


def test_mode_off_judges_nothing() -> None:
    verdict = judge(scores(threat=1.0), a_policy(mode=Mode.OFF), None)

    assert (verdict.decision, verdict.categories, verdict.breaches) == (Decision.ALLOW, {}, ())
    assert verdict.reason == "this policy's mode is off: nothing is judged"


def test_a_category_that_is_not_judged_is_left_out() -> None:
    table = a_policy().model_dump()
    table["categories"][Category.INCITEMENT]["judged"] = False

    verdict = judge(scores(threat=1.0, insult=0.1), Policy.model_validate(table), None)

    assert verdict.decision is Decision.ALLOW
    assert Category.INCITEMENT not in verdict.categories


some_scores = st.dictionaries(st.sampled_from([label.value for label in Label]), fractions)


@given(policies(), some_scores)
def test_the_decision_is_that_of_the_gravest_breach_and_every_breach_is_true(
    policy: Policy, values: dict[str, float]
) -> None:
    verdict = judge(scores(**values), policy, OLD_SALT)

    decisions = [breach.decision for breach in verdict.breaches]
    assert decisions == sorted(decisions, key=lambda d: d is not Decision.ACT)
    assert verdict.decision is (decisions[0] if decisions else Decision.ALLOW)
    assert verdict.reason
    for breach in verdict.breaches:
        rule = policy.categories[breach.category]
        assert breach.score >= breach.threshold
        assert breach.threshold == (rule.act if breach.decision is Decision.ACT else rule.flag)
        assert breach.score == verdict.categories[breach.category]
        assert breach.score == values[breach.label] * rule.labels[breach.label]


@given(policies(), some_scores)
def test_nothing_weighs_more_for_being_said_to_nobody(
    policy: Policy, values: dict[str, float]
) -> None:
    order = list(Decision)
    told, untold = (judge(scores(**values), policy, who) for who in (OLD_SALT, None))

    assert order.index(untold.decision) <= order.index(told.decision)


@given(policies(), some_scores)
def test_shadow_judges_as_enforce_does(policy: Policy, values: dict[str, float]) -> None:
    shadow, enforce = (
        policy.model_copy(update={"mode": mode}) for mode in (Mode.SHADOW, Mode.ENFORCE)
    )

    assert judge(scores(**values), shadow, None) == judge(scores(**values), enforce, None)
