import re

from hypothesis import given

from bot.policy.policy_file import parse_policy
from bot.policy.record import policy_version, to_toml
from config.policy import Policy
from tests.bot.policy.policies import a_policy, policies


@given(policies(overridden=True))
def test_a_policy_written_as_toml_reads_back_equal(policy: Policy) -> None:
    again = parse_policy(to_toml(policy), where="record", name="other")

    assert again == policy
    assert hash(again) == hash(policy)
    assert policy_version(again) == policy_version(policy)


def test_the_version_is_twelve_hex_digits_and_changes_with_any_key() -> None:
    policy = a_policy()

    assert re.fullmatch(r"[0-9a-f]{12}", policy_version(policy))
    assert policy_version(policy) != policy_version(a_policy(mode="shadow"))
    assert policy_version(policy) != policy_version(a_policy(exempt_roles=["a"]))
