"""Settings typed by name: read, checked and shown."""

import pytest

from bot.errors import RefusedError
from cogs.settings_keys import SETTABLE, changed, setting_line
from config.guild import GuildSettings

SETTINGS = GuildSettings()


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("appeal_days", " 14 ", 14),
        ("self_review", "yes", True),
        ("self_review", "off", False),
        ("fuse_share", "0.5", 0.5),
        ("rules_url", "https://example.org/rules", "https://example.org/rules"),
        ("rules_url", "none", None),
    ],
)
def test_a_value_is_read_as_people_type_it(key: str, typed: str, value: object) -> None:
    assert getattr(changed(SETTINGS, key, typed), key) == value


@pytest.mark.parametrize(
    ("key", "typed", "complaint"),
    [
        ("appeal_days", "0", "should be greater than or equal to 1, not “0”"),
        ("appeal_days", "soon", "should be a valid integer"),
        ("appeal_days", "none", "should be a valid integer"),
        ("watched", "1", "There is no setting “watched”"),
        ("fuse_blown_at", "none", "There is no setting"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_meaning(
    key: str, typed: str, complaint: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        changed(SETTINGS, key, typed)

    assert complaint in str(refused.value)


def test_every_setting_is_shown_with_its_meaning() -> None:
    for key in SETTABLE:
        line = setting_line(SETTINGS, key)
        assert line.startswith(f"`{key}` **")
        assert line.endswith(".")
    assert "**no**" in setting_line(SETTINGS, "self_review")
    assert "**none**" in setting_line(SETTINGS, "rules_url")
