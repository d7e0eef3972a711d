import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment import Author
from bot.domain.verdict import Addressee
from bot.policy.address import find_addressee, find_addressee_of_reply
from tests.bot.policy.policies import a_comment, an_author

RAT, SALT, MARTA = an_author("harbourrat77"), an_author("old_salt"), an_author("Marta Lindqvist")
DEVIN, GULL, BOILER = an_author("Devin P."), an_author("Professor Gull"), an_author("Boiler Suit")
EVERYBODY = (RAT, SALT, MARTA, DEVIN, GULL, BOILER)
POST = a_comment("the gear was rotten", SALT)


def answer(text: str) -> Addressee | None:
    """Whom harbourrat77 speaks to, answering old_salt."""
    return find_addressee(a_comment(text, RAT), POST, EVERYBODY)


def post(text: str) -> Addressee | None:
    """Whom harbourrat77 speaks to at the top level."""
    return find_addressee(a_comment(text, RAT), None, EVERYBODY)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("shut up you senile old idiot", "a reply with “you”"),
        ("Your father is a parasite", "a reply with “your”"),
        ("listen to yourself", "a reply with “yourself”"),
        ("you're wrong about it", "a reply with “you're”"),
        ("u know nothing about it", "a reply with “u”"),
        ("shut up about the gear", "a reply with “shut up”"),
        ("just get lost and take the boat", "a reply with “get lost”"),
        ("oh f*ck off with the gear", "a reply with “fuck off”"),
        ("go and rot in the caravan", "a reply with “go and”"),
        ("what a clown", "a reply of a few words"),
        ("idiot.", "a reply of a few words"),
    ],
)
def test_a_reply_speaks_to_whom_it_answers(text: str, how: str) -> None:
    assert answer(text) == Addressee(SALT.id, "old_salt", how)


@pytest.mark.parametrize(
    "text",
    [
        "the mayor is an idiot and so is everyone who voted for her",
        "they are all idiots",
        "the union is a joke",
        "I watched it on youtube and the u-boat sank in the film",
        "",
        "!!!",
        "> you are an idiot\nthat was uncalled for, in the view of the whole harbour",
    ],
)
def test_a_reply_about_somebody_else_speaks_to_nobody(text: str) -> None:
    assert answer(text) is None


IDIOT = "the most pathetic stupid idiot on this whole page"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"уоu are {IDIOT}", "you"),  # Cyrillic
        (f"ｙｏｕ are {IDIOT}", "you"),
        (f"𝖞𝖔𝖚 are {IDIOT}", "you"),
        (f"y\u200bou are {IDIOT}", "you"),
        (f"y0u are {IDIOT}", "you"),
        (f"**y**ou are {IDIOT}", "you"),
        (f"y o u are {IDIOT}", "u"),  # three letters apart are left so, and the last says enough
        (f"f u c k y o u, {IDIOT}", "you"),
        (f"U r {IDIOT}", "u"),
        (f"fսck off to {IDIOT}", "fuck off"),  # Armenian
        (f"{IDIOT}: screw u.", "u"),
        (f"they said that u're {IDIOT}", "u're"),
        ('"you are the idiot of the page"', "you"),  # nothing stands beside it: one's own words
    ],
)
def test_a_disguise_does_not_hide_whom_a_reply_speaks_to(text: str, said: str) -> None:
    assert answer(text) == Addressee(SALT.id, "old_salt", f"a reply with “{said}”")


@pytest.mark.parametrize(
    "text",
    [
        f"The U.S. mayor is {IDIOT}",
        f"the U. S. mayor is {IDIOT}",
        f"the U S mayor is {IDIOT}",
        f"the mayor at https://you.example.com is {IDIOT}",
        f"the mayor is a f.u.c.k.i.n.g fool and {IDIOT}",
        f"the mayor is a f u c k i n g fool and {IDIOT}",
        f'the mayor, who says "you are welcome", is {IDIOT}',
        f"the mayor, who says “shut up you fool”, is {IDIOT}",
        f"the mayor, who types `you` and ```print(you)```, is {IDIOT}",
    ],
)
def test_what_only_looks_like_a_you_speaks_to_nobody(text: str) -> None:
    assert answer(text) is None


def test_a_name_is_found_whatever_letters_it_is_written_in() -> None:
    marta = Addressee(MARTA.id, "Marta Lindqvist", "called by name")

    assert post("Mаrta, nobody asked") == marta  # a Cyrillic a
    assert post("Ｍａｒｔａ, nobody asked") == marta
    assert post("_Marta_, nobody asked") == marta


@pytest.mark.parametrize("text", ["you are all idiots", "shut up", "what a clown", "get lost"])
def test_at_the_top_level_a_you_is_said_to_nobody_in_particular(text: str) -> None:
    assert post(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Marta you are a pathetic little cow",
        "marta, nobody asked",
        "I have had enough of it. Marta: go home",
        "@Marta nobody asked",
        "hey marta nobody asked",
        "nobody asked, Marta!",
        "shut up marta",
        "Marta Lindqvist, nobody asked",
    ],
)
def test_a_name_called_out_is_spoken_to_before_whoever_is_answered(text: str) -> None:
    expected = Addressee(MARTA.id, "Marta Lindqvist", "called by name")

    assert post(text) == expected
    assert answer(text) == expected


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("everybody knows that Marta is a fool", MARTA),
        ("everybody knows that marta lindqvist is a fool", MARTA),
        ("everybody knows that OLD_SALT is a fool", SALT),
        ("everybody knows that Gull is a fool", GULL),
    ],
)
def test_a_name_spoken_of_is_about_somebody_present(text: str, author: object) -> None:
    assert post(text) == Addressee(author.id, author.name, "spoken of by name")


@pytest.mark.parametrize(
    "text",
    [
        "the boiler blew up in the night",
        "The Boiler blew up in the night",
        "the professor was wrong about the tide",
        "a marta is a kind of animal",
        "Martas everywhere",
    ],
)
def test_a_plain_word_that_looks_like_a_name_is_not_taken_for_one(text: str) -> None:
    assert post(text) is None


WILL, TROLL, JOHN, DONT = (an_author(name) for name in ("Will", "moron", "J0hn", "Don't"))


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("the mayor will regret it, idiot", None),
        ("THE MAYOR WILL REGRET IT", None),
        ("everybody knows that Will is a fool", WILL),
        ("everybody knows that @will is a fool", WILL),
        ("the mayor is a moron", None),
        ("only a Moron or some moron would say it", None),
        ("moron, nobody asked", TROLL),
        ("everybody knows that j0hn is a fool", JOHN),
        ("they don't know a thing", None),
        ("will and his barge can get lost, you worthless lot", WILL),
        ("Enough of it. will and his barge can get lost", WILL),
        ("will it rain. get lost", None),
        ("the rain will come and you will see", None),
        ("ask Don't about it", DONT),
    ],
)
def test_a_name_that_is_a_plain_word_counts_as_its_owner_writes_it_or_called_out(
    text: str, author: Author | None
) -> None:
    present = (WILL, TROLL, JOHN, DONT)

    addressee = find_addressee(a_comment(text, RAT), None, present)

    assert (addressee and addressee.id) == (author and author.id)


def test_a_first_name_that_two_people_share_counts_for_neither() -> None:
    present = (*EVERYBODY, an_author("Marta Silva"))

    def whom(text: str) -> Addressee | None:
        return find_addressee(a_comment(text, RAT), None, present)

    assert whom("Marta, nobody asked") is None
    assert whom("Marta Silva, nobody asked") == Addressee(
        present[-1].id, "Marta Silva", "called by name"
    )


def test_a_you_in_a_reply_goes_before_a_name_spoken_of() -> None:
    assert answer("everybody knows that Marta is right and you are a fool") == Addressee(
        SALT.id, "old_salt", "a reply with “you”"
    )


def test_a_mention_goes_before_everything_else() -> None:
    comment = a_comment("Marta, you are a fool", RAT, mentions=(RAT, DEVIN))

    assert find_addressee(comment, POST, EVERYBODY) == Addressee(DEVIN.id, "Devin P.", "a mention")


def test_nobody_speaks_to_themselves() -> None:
    own = a_comment("the gear was rotten", RAT)

    assert find_addressee(a_comment("you fool", RAT), own, EVERYBODY) is None
    assert find_addressee(a_comment("harbourrat77, you fool", RAT), None, EVERYBODY) is None
    assert find_addressee(a_comment("fool", RAT, mentions=(RAT,)), None, EVERYBODY) is None


def test_whoever_is_answered_is_known_by_name_without_being_listed_as_present() -> None:
    assert find_addressee(a_comment("old_salt is a fool", RAT), POST, ()) == Addressee(
        SALT.id, "old_salt", "spoken of by name"
    )


def test_names_in_other_scripts_are_found_and_names_without_letters_are_passed_over() -> None:
    sofia, star, initial = an_author("Σοφία"), an_author("★★★"), an_author("K.")
    present = (sofia, star, initial)

    assert find_addressee(a_comment("Σοφία, κανείς δεν ρώτησε", RAT), None, present) == Addressee(
        sofia.id, "Σοφία", "called by name"
    )
    assert find_addressee(a_comment("★★★ k ★", RAT), None, present) is None


names = st.text(max_size=8) | st.sampled_from(["Marta", "a b", "you", "Dr. No", "★"])


@given(st.text() | st.lists(names).map(" ".join), st.none() | names, st.lists(names, max_size=5))
def test_whatever_is_written_the_addressee_is_somebody_else_who_is_there(
    text: str, parent: str | None, present: list[str]
) -> None:
    answered = None if parent is None else a_comment("", an_author(parent))
    others = [an_author(name) for name in present]

    addressee = find_addressee(a_comment(text, RAT), answered, [RAT, *others])

    there = {author.id for author in others} | ({answered.author.id} if answered else set())
    assert addressee is None or addressee.id in there - {RAT.id}


@pytest.mark.parametrize(
    "text", ["Marta " * 200_000, "> " * 500_000, "\n" * 500_000, "f" * 500_000]
)
def test_a_huge_comment_is_read_only_at_its_start(text: str) -> None:
    long = a_comment(text, RAT)

    assert find_addressee(long, POST, EVERYBODY) == find_addressee(
        a_comment(text[:10_000], RAT), POST, EVERYBODY
    )


def test_a_lone_text_is_taken_as_a_reply_to_somebody() -> None:
    spoken_to = find_addressee_of_reply("you are a clown")
    assert spoken_to is not None
    assert (spoken_to.name, spoken_to.how) == ("somebody", "a reply with “you”")
    assert find_addressee_of_reply("The committee will meet on Monday at noon.") is None
