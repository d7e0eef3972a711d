"""What docs/settings.md says is what the code does."""

from pathlib import Path

import pytest
from annotated_types import Ge, Gt, Le, MaxLen
from pydantic.fields import FieldInfo

from config.guild import GuildSettings
from config.settings import Settings

GUIDE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
FIELDS = {**Settings.model_fields, **GuildSettings.model_fields}


@pytest.mark.parametrize(("name", "field"), FIELDS.items(), ids=FIELDS)
def test_the_guide_has_every_key_as_it_is(name: str, field: FieldInfo) -> None:
    [row] = [line for line in GUIDE.splitlines() if line.startswith(f"| `{name}` |")]
    says, bounds, default = [cell.strip() for cell in row.strip("|").split("|")][1:]

    assert says == field.description
    default_words = {"False": "no", "True": "yes", "None": "none", "frozenset()": "none"}
    assert default == default_words.get(str(field.get_default()), str(field.default))
    expected = {
        Ge: lambda bound: bounds.startswith(str(bound.ge)),
        Gt: lambda bound: bounds.startswith(f"above {bound.gt}"),
        Le: lambda bound: bounds.endswith(f"to {bound.le}"),
        MaxLen: lambda bound: bounds.startswith(f"up to {bound.max_length}"),
    }
    for bound in field.metadata:
        assert expected.get(type(bound), lambda _: True)(bound), bound
