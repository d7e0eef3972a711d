"""Suggested scores in a database. Fits `bot.web.ports.Suggestions`; their text is sealed.

Used by the server, which adds them, and by `bot.advise`, which reads and erases them.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select, update

from bot.domain.suggestion import SpanScore, Suggestion
from bot.storage.database import Database
from bot.storage.web_tables import SuggestionRow


class SqlSuggestions:
    """The suggestions in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, suggestion: Suggestion) -> None:
        """Record a suggestion."""
        text = suggestion.text
        spans = {
            name: [asdict(piece) for piece in pieces] for name, pieces in suggestion.spans.items()
        }
        async with self._database.write() as session:
            session.add(
                SuggestionRow(
                    received_at=suggestion.received_at,
                    text=None if text is None else self._database.cipher.seal(text),
                    scores=dict(suggestion.values),
                    spans=spans,
                    languages=list(suggestion.languages),
                    community_id=suggestion.community_id,
                    session_id=suggestion.session_id,
                    client_token=suggestion.client_token,
                    key_name=suggestion.key,
                )
            )

    async def all(self) -> list[Suggestion]:
        """List every suggestion, oldest first; the text of erased ones is None."""
        async with self._database.read() as session:
            rows = await session.exec(select(SuggestionRow).order_by(col(SuggestionRow.id)))
            return [self._to_suggestion(row) for row in rows]

    async def erase_session(self, session_id: str) -> int:
        """Erase the words and ids of everything one session sent; counts it. Scores stay."""
        return await self._erase(col(SuggestionRow.session_id) == session_id)

    async def erase_before(self, moment: datetime) -> int:
        """Erase the words and ids of everything received before then; counts it. Scores stay."""
        return await self._erase(col(SuggestionRow.received_at) < moment)

    async def _erase(self, wanted: ColumnElement[bool]) -> int:
        blank = {
            "text": None,
            "community_id": "",
            "session_id": "",
            "client_token": "",
            "key_name": None,
        }
        async with self._database.write() as session:
            erased = await session.exec(
                update(SuggestionRow)
                .where(wanted, col(SuggestionRow.text).is_not(None))
                .values(**blank)
            )
            count = erased.rowcount
        await self._database.empty_log()
        return count

    def _to_suggestion(self, row: SuggestionRow) -> Suggestion:
        spans = {
            name: tuple(SpanScore(**piece) for piece in pieces)
            for name, pieces in row.spans.items()
        }
        return Suggestion(
            received_at=row.received_at,
            text=None if row.text is None else self._database.cipher.reveal(row.text),
            values=row.scores,
            spans=spans,
            languages=tuple(row.languages),
            community_id=row.community_id,
            session_id=row.session_id,
            client_token=row.client_token,
            key=row.key_name,
        )
