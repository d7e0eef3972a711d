import re
import shutil
from importlib import resources
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPolicyError
from bot.policy.policy_file import (
    DEFAULT_PRESET,
    LARGEST_FILE_BYTES,
    find_policy,
    load_policy,
    load_preset,
    parse_policy,
    preset_names,
)
from bot.policy.record import to_toml
from config.labels import Label
from config.policy import Category, Mode, Policy, StepKind, describe_keys

ROOT = Path(__file__).parents[3]


def parse(text: str) -> Policy:
    return parse_policy(text, where="my.toml", name="my")


def complaint(text: str) -> str:
    with pytest.raises(BadPolicyError) as refused:
        parse(text)
    return str(refused.value)


SENTENCES = {
    "a misspelt key": (
        'name = "x"\nmod = "enforce"\n',
        (
            "my.toml, line 2: mod is unknown, expected one of extends, name, mode,"
            " max_without_human,"
            " exempt_roles, strikes, categories, ladder, overrides; did you mean mode?"
        ),
    ),
    "a misspelt key of a category": (
        "[categories.slur]\n\natc = 0.9\n",
        (
            "my.toml, line 3: categories.slur.atc is unknown, expected one of judged, labels,"
            " unaddressed_weight, flag, act, points_at_act, points_at_one; did you mean act?"
        ),
    ),
    "a misspelt value": (
        'mode = "enforc"\n',
        (
            'my.toml, line 1: mode is "enforc", expected one of off, shadow, enforce;'
            " did you mean enforce?"
        ),
    ),
    "a wrong type": (
        '[strikes]\nhalf_life_days = "long"\n',
        'my.toml, line 2: strikes.half_life_days is "long", expected a number from 0.01 to 3650',
    ),
    "a truth for a number": (
        "[categories.slur]\nact = true\n",
        "my.toml, line 2: categories.slur.act is true, expected a number from 0 to 1",
    ),
    "out of range": (
        "[categories.slur]\nact = 1.4\n",
        "my.toml, line 2: categories.slur.act is 1.4, expected a number from 0 to 1",
    ),
    "not a number": (
        "[categories.slur]\nact = nan\n",
        "my.toml, line 2: categories.slur.act is nan, expected a number from 0 to 1",
    ),
    "flag above act": (
        "[categories.slur]\nflag = 0.9\nact = 0.8\n",
        "my.toml, line 2: categories.slur.flag is 0.9, expected at most act, here 0.8",
    ),
    "act below the flag of the preset": (
        "[categories.slur]\nact = 0.3\n",
        "my.toml, line 2: categories.slur.act is 0.3, expected at least flag, here 0.55",
    ),
    "points above those for 1": (
        "categories.slur.points_at_act = 9\n",
        (
            "my.toml, line 1: categories.slur.points_at_act is 9, expected at most points_at_one,"
            " here 3"
        ),
    ),
    "a ladder out of order": (
        '[[ladder]]\nat_points = 2\nstep = "warn"\n[[ladder]]\nat_points = 1\nstep = "ban"\n',
        "my.toml, line 5: ladder[2].at_points is 1, expected more than the 2 before it",
    ),
    "a milder step after a harsher one": (
        'ladder = [\n  { at_points = 1, step = "kick" },\n  { at_points = 2, step = "warn" },\n]\n',
        "my.toml, line 3: ladder[2].step is warn, expected nothing milder than the kick before it",
    ),
    "a shorter timeout after a longer one": (
        (
            'ladder = [{ at_points = 1, step = "timeout", minutes = 9 },\n'
            '{ at_points = 2, step = "timeout", minutes = 8 }]\n'
        ),
        "my.toml, line 2: ladder[2].minutes is 8, expected at least the 9 before it",
    ),
    "a step that gives the comment back": (
        (
            'ladder = [{ at_points = 1, step = "delete" },\n'
            '{ at_points = 2, step = "ban", removes_comment = false }]\n'
        ),
        (
            "my.toml, line 2: ladder[2].removes_comment is false, expected true: the milder step"
            " before removes the comment"
        ),
    ),
    "a delete that keeps the comment": (
        'ladder = [{ at_points = 1, step = "delete", removes_comment = false }]\n',
        "my.toml, line 1: ladder[1].removes_comment is false, expected true for a delete",
    ),
    "an empty ladder": (
        "ladder = []\n",
        "my.toml, line 1: ladder is empty, expected a list of steps ([[ladder]]), at least one",
    ),
    "a step that lacks its points": (
        '[[ladder]]\nstep = "warn"\n',
        "my.toml, line 1: ladder[1] lacks at_points, expected a number above 0 and up to 1000",
    ),
    "a step of the wrong type": (
        "ladder = [1]\n",
        (
            "my.toml, line 1: ladder[1] is 1, expected a table of at_points, step, minutes,"
            " removes_comment"
        ),
    ),
    "an unknown step": (
        '[[ladder]]\nat_points = 1\nstep = "mute"\n',
        (
            'my.toml, line 3: ladder[1].step is "mute", expected one of warn, delete,'
            " timeout, kick,"
            " ban"
        ),
    ),
    "an unknown label": (
        "[categories.harassment.labels]\ninsult = 1\ninsults = 1\n",
        (
            "my.toml, line 3: categories.harassment.labels.insults is unknown, expected one of"
            " toxicity, severe_toxicity, obscene, threat, insult, identity_attack, sexual_explicit;"
            " did you mean insult?"
        ),
    ),
    "a weight above 1": (
        "[categories.harassment]\nlabels = { insult = 2 }\n",
        (
            "my.toml, line 2: categories.harassment.labels.insult is 2, expected a weight"
            " above 0 and"
            " up to 1"
        ),
    ),
    "no labels": (
        "[categories.harassment]\nlabels = {}\n",
        (
            "my.toml, line 2: categories.harassment.labels is empty, expected a table of"
            " labels, each"
            " with a weight above 0 and up to 1"
        ),
    ),
    "an unknown category": (
        "# ours\n[categories.slurs]\nact = 0.9\n",
        (
            "my.toml, line 2: categories.slurs is unknown, expected one of slur, harassment,"
            " incitement; did you mean slur?"
        ),
    ),
    "a timeout that is too long": (
        '[[ladder]]\nat_points = 1\nstep = "timeout"\nminutes = 40320\n',
        (
            "my.toml, line 4: ladder[1].minutes is 40320, expected a whole number from 1 to 40319"
            " (28 days less a minute)"
        ),
    ),
    "a timeout without a length": (
        '[[ladder]]\nat_points = 1\nstep = "timeout"\n',
        "my.toml, line 1: ladder[1] is a timeout without minutes, expected how long it lasts",
    ),
    "minutes on another step": (
        '[[ladder]]\nat_points = 1\nstep = "kick"\nminutes = 60\n',
        (
            "my.toml, line 4: ladder[1].minutes is 60, expected none: a kick has no length,"
            " a timeout"
            " has"
        ),
    ),
    "an override for no place": (
        'mode = "off"\n\n[[overrides]]\nmode = "shadow"\n',
        (
            "my.toml, line 3: overrides[1] names no place, expected exactly one of guild, category,"
            " forum, thread, role"
        ),
    ),
    "an override for two places": (
        '[[overrides]]\nguild = "1"\nforum = "2"\n',
        (
            "my.toml, line 1: overrides[1] names guild and forum, expected exactly one of guild,"
            " category, forum, thread, role"
        ),
    ),
    "a place that is a number": (
        "[[overrides]]\nforum = 1234\n",
        "my.toml, line 2: overrides[1].forum is 1234, expected an id in quotes",
    ),
    "an override that puts act below flag": (
        '[[overrides]]\nforum = "1"\n[overrides.categories.slur]\nact = 0.3\n',
        (
            "my.toml, line 4: overrides[1].categories.slur.act is 0.3, expected at least flag,"
            " here 0.55"
        ),
    ),
    "two overrides that clash where both hold": (
        (
            '[[overrides]]\nforum = "1"\n[overrides.categories.slur]\nflag = 0.8\n'
            '[[overrides]]\nrole = "new"\n[overrides.categories.slur]\nact = 0.7\n'
        ),
        "my.toml, line 4: overrides[1].categories.slur.flag is 0.8, expected at most act, here 0.7",
    ),
    "a misspelt key of an override's category": (
        '[[overrides]]\nforum = "1"\ncategories.slur.atc = 0.9\n',
        (
            "my.toml, line 3: overrides[1].categories.slur.atc is unknown, expected one of judged,"
            " labels, unaddressed_weight, flag, act, points_at_act, points_at_one; did you"
            " mean act?"
        ),
    ),
    "a role that is a number": (
        'exempt_roles = ["a", 3]\n',
        "my.toml, line 1: exempt_roles[2] is 3, expected a role's name or id in quotes",
    ),
    "an unknown preset": (
        '# ours\nextends = "balancd"\n',
        (
            'my.toml, line 2: extends is "balancd", expected one of strict, balanced, lenient,'
            " log-only; did you mean balanced?"
        ),
    ),
    "a preset of the wrong type": (
        "extends = 3\n",
        "my.toml, line 1: extends is 3, expected one of strict, balanced, lenient, log-only",
    ),
    "a table of the wrong type": (
        "strikes = 3\n",
        "my.toml, line 1: strikes is 3, expected a table ([strikes])",
    ),
    "a key that no one can type": (
        '"a\\nb" = 3\n',
        (
            'my.toml, line 1: "a\\nb" is unknown, expected one of extends, name, mode,'
            " max_without_human, exempt_roles, strikes, categories, ladder, overrides"
        ),
    ),
    "a syntax error": (
        'mode = "off"\nname = = 3\n',
        (
            "my.toml, line 2: is not valid TOML: invalid value at column 8, expected lines like"
            " act = 0.85"
        ),
    ),
    "a file cut short": (
        'mode = "off"\nladder = [',
        "my.toml, line 2: is not valid TOML: invalid value, expected lines like act = 0.85",
    ),
    "endless nesting": (
        "x = " + "[" * 50_000,
        "my.toml: is nested too deeply, expected a policy in TOML",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), SENTENCES.values(), ids=SENTENCES.keys())
def test_a_mistake_is_answered_with_the_line_the_key_and_what_was_expected(
    text: str, sentence: str
) -> None:
    assert complaint(text) == sentence


def test_several_mistakes_are_told_one_a_line_in_the_order_of_the_file() -> None:
    text = 'mode = "on"\n[categories.slur]\nact = 7\n[strikes]\nhalflife = 3\n'

    assert complaint(text).splitlines() == [
        'my.toml, line 1: mode is "on", expected one of off, shadow, enforce',
        "my.toml, line 3: categories.slur.act is 7, expected a number from 0 to 1",
        (
            "my.toml, line 5: strikes.halflife is unknown, expected one of half_life_days,"
            " incident_minutes; did you mean half_life_days?"
        ),
    ]


def test_a_step_with_several_mistakes_gets_one_sentence_for_each_and_none_that_only_follows() -> (
    None
):
    text = '[[ladder]]\nat_points = 0\nstep = "mute"\n'

    assert complaint(text).splitlines() == [
        "my.toml, line 2: ladder[1].at_points is 0, expected a number above 0 and up to 1000",
        (
            'my.toml, line 3: ladder[1].step is "mute", expected one of warn, delete,'
            " timeout, kick,"
            " ban"
        ),
    ]


def test_overrides_that_never_hold_together_may_differ_as_they_like() -> None:
    policy = parse(
        '[[overrides]]\nforum = "1"\n[overrides.categories.slur]\nflag = 0.8\n'
        '[[overrides]]\nforum = "2"\n[overrides.categories.slur]\nact = 0.6\n'
    )

    assert len(policy.overrides) == 2


def test_an_override_that_sets_both_thresholds_does_not_clash_with_those_below_it() -> None:
    policy = parse(
        '[[overrides]]\nguild = "1"\n[overrides.categories.slur]\nflag = 0.8\n'
        '[[overrides]]\nforum = "2"\n[overrides.categories.slur]\nflag = 0.2\nact = 0.3\n'
    )

    assert policy.overrides[1].categories[Category.SLUR].act == 0.3


def test_a_file_that_sets_one_key_is_otherwise_as_balanced_and_named_after_itself(
    tmp_path: Path,
) -> None:
    path = tmp_path / "harbour.toml"
    path.write_text("[categories.slur]\nact = 0.9\n", encoding="utf-8")

    policy = load_policy(path)

    expected = load_preset(DEFAULT_PRESET).model_dump() | {"name": "harbour"}
    expected["categories"][Category.SLUR]["act"] = 0.9
    assert policy.model_dump() == expected


def test_a_file_can_extend_a_preset_and_replaces_its_ladder_and_labels_whole() -> None:
    policy = parse(
        'extends = "strict"\nladder = [{ at_points = 1, step = "delete" }]\n'
        "[categories.harassment]\nlabels = { insult = 0.5 }\n"
    )

    strict = load_preset("strict")
    assert [step.step for step in policy.ladder] == [StepKind.DELETE]
    assert policy.categories[Category.HARASSMENT].labels == {Label.INSULT: 0.5}
    assert policy.categories[Category.HARASSMENT].act == strict.categories[Category.HARASSMENT].act
    assert policy.strikes == strict.strikes


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b'\n\nname = "\xff"\n',
            "{path}, line 3: byte 0xff is not UTF-8, expected text saved as UTF-8",
        ),
        (b"#" * (LARGEST_FILE_BYTES + 1), "{path}: is larger than 1 MB, expected a policy file"),
        (
            b"\x00",
            (
                "{path}, line 1: is not valid TOML: invalid statement at column 1, expected lines"
                " like act = 0.85"
            ),
        ),
    ],
)
def test_a_file_that_is_no_text_is_named_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(content)

    with pytest.raises(BadPolicyError) as refused:
        load_policy(path)

    assert str(refused.value) == sentence.format(path=path)


def test_a_missing_file_and_a_folder_are_named_in_one_sentence(tmp_path: Path) -> None:
    for path, what in [
        (tmp_path / "none.toml", "there is no such file, expected a policy"),
        (tmp_path, "is a folder, expected a policy file"),
        (tmp_path / ("x" * 300), "cannot be read (File name too long), expected a policy file"),
    ]:
        with pytest.raises(BadPolicyError) as refused:
            load_policy(path)
        assert str(refused.value) == f"{path}: {what}"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b'\xef\xbb\xbfmode = "off"\r\n')

    assert load_policy(path).mode is Mode.OFF


def test_a_policy_is_found_by_preset_or_path(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text('mode = "off"', encoding="utf-8")

    assert find_policy("strict") == load_preset("strict")
    assert find_policy(str(path)).name == "mine"
    with pytest.raises(BadPolicyError) as refused:
        find_policy("stric")
    assert str(refused.value) == (
        'policy "stric": is unknown, expected a file or a preset (strict, balanced, lenient,'
        " log-only); did you mean strict?"
    )
    with pytest.raises(BadPolicyError, match=r"^none\.toml: there is no such file"):
        find_policy("none.toml")
    with pytest.raises(BadPolicyError, match=r'^policy "stern": is unknown, expected a preset'):
        load_preset("stern")


def test_the_shipped_presets_are_told_strictest_first_and_their_names_are_their_own() -> None:
    names = preset_names()

    assert names[:4] == ("strict", "balanced", "lenient", "log-only")
    assert set(names) == {path.stem for path in (ROOT / "config" / "presets").glob("*.toml")}
    assert tuple(load_preset(name).name for name in names) == names


def test_a_toml_file_in_the_folder_is_a_preset_and_stands_after_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "config" / "presets", tmp_path / "presets")
    for name, text in [("zoo", 'extends = "strict"\nname = "zoo"\n'), ("alley", 'mode = "off"\n')]:
        (tmp_path / "presets" / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "presets" / "notes.txt").write_text("not a policy", encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda package: {"config": tmp_path}[package])

    assert preset_names() == ("strict", "balanced", "lenient", "log-only", "alley", "zoo")
    assert find_policy("alley").mode is Mode.OFF
    assert find_policy("zoo").categories == load_preset("strict").categories
    assert parse('extends = "zoo"').strikes == load_preset("strict").strikes


def test_balanced_spells_every_key_out() -> None:
    text = (ROOT / "config" / "presets" / "balanced.toml").read_text(encoding="utf-8")
    of_overrides = {"overrides", "guild", "category", "forum", "thread", "role"}

    for key in describe_keys().keys() - of_overrides - {"removes_comment"}:
        assert re.search(rf"^(\[*{key}|\[{key}\.slur)\b", text, re.MULTILINE), key


def test_presets_go_from_strict_over_balanced_to_lenient() -> None:
    strict, balanced, lenient = (load_preset(name) for name in ("strict", "balanced", "lenient"))

    for stricter, milder in [(strict, balanced), (balanced, lenient)]:
        assert stricter.strikes.half_life_days >= milder.strikes.half_life_days
        for category in Category:
            harder, softer = stricter.categories[category], milder.categories[category]
            assert harder.flag < softer.flag
            assert harder.act < softer.act


@pytest.mark.parametrize("name", preset_names())
def test_no_preset_bans_or_kicks_without_a_human(name: str) -> None:
    assert load_preset(name).max_without_human is StepKind.TIMEOUT


@pytest.mark.parametrize("name", preset_names())
def test_swearing_at_nobody_stays_below_every_threshold_of_harassment(name: str) -> None:
    # "shit, my bike broke": toxicity and obscene may reach 1 while insult and the rest stay low.
    rule = load_preset(name).categories[Category.HARASSMENT]

    assert Label.OBSCENE not in rule.labels
    assert rule.labels[Label.TOXICITY] * rule.unaddressed_weight < rule.flag


def test_log_only_does_nothing() -> None:
    assert load_preset("log-only").mode is Mode.SHADOW


KEYS = st.sampled_from(["extends", *describe_keys(), "slur", "insult", "x"]) | st.text(max_size=3)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["off", "warn", "strict", "timeout"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_no_document_crashes_the_reader(table: dict[str, object]) -> None:
    text = toml_of(table)
    try:
        policy = parse(text)
    except BadPolicyError as refused:
        for line in str(refused).splitlines():
            assert re.match(r"my\.toml(, line \d+)?: .*expected", line)
    else:
        assert parse_policy(to_toml(policy), where="record", name="other") == policy


@given(st.text(max_size=80))
def test_no_text_crashes_the_reader(text: str) -> None:
    try:
        policy = parse(text)
    except BadPolicyError as refused:
        assert re.match(r"my\.toml(, line \d+)?: .*expected", str(refused))  # noqa: PT017
    else:
        assert set(policy.categories) == set(Category)


def toml_of(table: dict[str, object]) -> str:
    """Write what hypothesis drew; TOML has no null, so such keys are left out."""

    def without_null(value: object) -> object:
        match value:
            case dict():
                return {k: without_null(v) for k, v in value.items() if v is not None}
            case list():
                return [without_null(v) for v in value if v is not None]
            case _:
                return value

    return tomli_w.dumps(without_null(table))
