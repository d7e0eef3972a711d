from hypothesis import given

from bot.policy.describe import describe
from bot.policy.policy_file import load_preset, parse_policy
from config.policy import Policy
from tests.bot.policy.policies import policies

BALANCED = """\
Policy balanced, mode enforce: comments are judged and recorded, and the ladder's steps are \
carried out.

A comment is flagged for a human, or acted on, when a category's score reaches:
  category    flag  act   points    scored by
  slur        {slur}  identity_attack
  harassment  {harassment}  insult, severe_toxicity, toxicity x 0.65
  incitement  {incitement}  threat
  A score for harassment is multiplied by 0.75 when the comment speaks to nobody present.

Once the author's points reach a step, the highest one reached is taken:
  1 point: warn
  1.75 points: delete
  2.5 points: timeout for 1 hour
  4 points: timeout for 1 day
  6 points: timeout for 7 days
  9 points: ban
Points halve every 30 days; comments within 10 minutes are one incident.
Without a human nothing harsher than timeout happens; kick and ban wait for one."""


def test_a_policy_is_described_on_one_page() -> None:
    policy = load_preset("balanced")
    rows = {
        name: f"{rule.flag:.2f}  {rule.act:.2f}  "
        + f"{rule.points_at_act:g} to {rule.points_at_one:g}".ljust(8)
        for name, rule in policy.categories.items()
    }

    assert describe(policy) == BALANCED.format(**rows)


def test_what_differs_from_the_usual_is_said() -> None:
    policy = parse_policy(
        'mode = "shadow"\nmax_without_human = "ban"\nexempt_roles = ["Staff", "Crew"]\n'
        "[strikes]\nincident_minutes = 0\n[categories.slur]\njudged = false\n"
        '[[overrides]]\nforum = "12"\nexempt_roles = []\n'
        'ladder = [{ at_points = 1, step = "delete" }, { at_points = 2, step = "ban" }]\n'
        "[overrides.categories.harassment]\nact = 0.9\nlabels = { insult = 0.5 }\njudged = true\n"
        '[[overrides]]\nrole = "new"\n',
        where="my.toml",
        name="my",
    )

    lines = describe(policy).splitlines()

    assert lines[0] == (
        "Policy my, mode shadow: comments are judged and recorded, and nothing is done to anybody."
    )
    assert "  slur        -     -     -         not judged" in lines
    assert lines[-6:] == [
        "Points halve every 30 days; every comment is an incident of its own.",
        "Never acted on: members with the role Staff or Crew.",
        "",
        "Other values hold here, the more specific winning:",
        (
            "  forum 12: exempt_roles is none; categories.harassment.judged is true;"
            " categories.harassment.labels is insult x 0.5; categories.harassment.act is 0.90;"
            " ladder is 1 point: delete, 2 points: ban"
        ),
        "  role new: nothing changes",
    ]


@given(policies(overridden=True))
def test_every_policy_can_be_described(policy: Policy) -> None:
    text = describe(policy)

    assert policy.name in text
    assert all(category in text for category in policy.categories)
