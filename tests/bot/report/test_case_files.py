import csv
import io
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.action import Action
from bot.domain.case import Case, CaseEvent, CaseState, EventKind, HandDraft, Origin, Strike
from bot.domain.comment import Author, Place
from bot.domain.ids import CommentId, GuildId, MemberId, PlaceId
from bot.report.case_files import COLUMNS, CaseFile, to_csv, to_json
from config.policy import StepKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_case(*, text: str | None = "you fool", name: str = "Bo", reason: str = "Insulting.") -> Case:
    action = Action(StepKind.TIMEOUT, until=NOON.replace(hour=13))
    draft = HandDraft(
        guild=GuildId("1"),
        comment=CommentId("77"),
        member=Author(MemberId("5"), name),
        origin=Origin.MODERATOR,
        moderator=MemberId("9"),
        place=Place(GuildId("1"), PlaceId("3"), forum=PlaceId("2")),
        text=text,
        action=action,
        strike=Strike(NOON, NOON, 2.5),
        points_before=0.5,
        points_after=3.0,
        reason=reason,
        opened_at=NOON,
    )
    return Case(4, draft, CaseState.APPLIED, action, draft.strike, settled_at=NOON)


def rows_of(document: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.decode("utf-8-sig"))))


def test_json_holds_the_case_and_its_timeline() -> None:
    event = CaseEvent(NOON, EventKind.NOTE, MemberId("9"), "Second time this week.")
    (case,) = json.loads(to_json([CaseFile(a_case(), [event])]))["cases"]
    assert case["case"] == 4
    assert case["member"] == {"id": "5", "name": "Bo"}
    assert case["place"] == {"forum_id": "2", "thread_id": "3"}
    assert case["action"] == {
        "step": "timeout",
        "until": "2026-03-01T13:00:00Z",
        "removes_comment": True,
        "capped_from": None,
    }
    assert case["strike"]["points"] == 2.5
    assert case["judgement"] is None  # by hand: no model was asked
    assert case["timeline"] == [
        {
            "at": "2026-03-01T12:00:00Z",
            "kind": "note",
            "actor": "9",
            "text": "Second time this week.",
        }
    ]


def test_erased_words_are_null_in_json_and_empty_in_the_table() -> None:
    file = CaseFile(a_case(text=None))
    assert json.loads(to_json([file]))["cases"][0]["text"] is None
    assert rows_of(to_csv([file]))[0]["text"] == ""


def test_the_table_has_one_row_a_case_under_its_columns() -> None:
    (row,) = rows_of(to_csv([CaseFile(a_case())]))
    assert tuple(row) == COLUMNS
    assert (row["case"], row["step"], row["member"]) == ("4", "timeout", "Bo")


def test_no_cases_still_make_a_file() -> None:
    assert json.loads(to_json([])) == {"cases": []}
    assert rows_of(to_csv([])) == []


@given(st.sampled_from("=+-@\t\r\n"), st.text(max_size=20))
def test_no_cell_is_ever_a_formula(start: str, rest: str) -> None:
    case = a_case(text=f" {start}{rest}", name=f"{start}cmd", reason=f"{start}{rest}")
    document = to_csv([CaseFile(case)]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(document)):
        for cell in row:
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_words_survive_json_unchanged(text: str) -> None:
    assert json.loads(to_json([CaseFile(a_case(text=text))]))["cases"][0]["text"] == text
