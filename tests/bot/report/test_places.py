"""Where a replay may write: looked at before the work, and never two things in one place."""

import os
from pathlib import Path

import pytest

from bot.errors import BadInputError
from bot.report.places import require_places


def refusal(*outputs: tuple[str, Path], **inputs: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        require_places(outputs, {name.replace("_", " "): path for name, path in inputs.items()})
    return str(caught.value)


def test_new_and_old_files_in_folders_of_ones_own_will_do(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("of the last time")
    require_places(
        [("--json", tmp_path / "old"), ("--report", tmp_path / "new" / "deep" / "index.html")],
        {"the discussion": tmp_path / "talk", "the policy": Path("balanced")},
    )
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_device_is_written_to_whatever_folder_it_stands_in() -> None:
    require_places([("--json", Path(os.devnull))])


def test_two_outputs_in_one_place_are_refused_however_they_are_spelt(tmp_path: Path) -> None:
    file, link, hard = (tmp_path / name for name in ("file", "link", "hard"))
    (tmp_path / "folder").mkdir()
    twice = "is asked for by --json and by --db, expected a place of its own for each"
    detour = tmp_path / "folder" / ".." / "file"
    assert refusal(("--json", file), ("--db", detour)) == f"{detour}: {twice}"
    file.touch()
    link.symlink_to(file)
    hard.hardlink_to(file)
    assert refusal(("--json", file), ("--db", link)) == f"{link}: {twice}"
    assert refusal(("--json", file), ("--db", hard)) == f"{hard}: {twice}"


def test_a_file_and_a_folder_of_one_name_are_refused(tmp_path: Path) -> None:
    assert refusal(("--json", tmp_path / "x"), ("--report", tmp_path / "x" / "index.html")) == (
        f"{tmp_path / 'x'}: is asked for as a file and as a folder"
    )


def test_what_is_read_is_never_written_over(tmp_path: Path) -> None:
    talk, link = tmp_path / "talk", tmp_path / "link"
    talk.touch()
    link.symlink_to(talk)
    assert refusal(("--json", link), the_discussion=talk) == (
        f"{link}: is the discussion itself, expected another file"
    )


def test_places_that_cannot_be_are_one_sentence(tmp_path: Path) -> None:
    file, loop, long = tmp_path / "file", tmp_path / "loop", tmp_path / ("x" * 300)
    file.touch()
    loop.symlink_to(loop)
    assert "is a folder, expected a place for a file" in refusal(("--json", tmp_path))
    assert "is a file, expected a folder to write in" in refusal(("--json", file / "a" / "b"))
    assert "cannot be reached (too many levels of" in refusal(("--json", loop))
    assert "cannot be reached (too many levels of" in refusal(("--report", loop / "index.html"))
    assert "cannot be reached (file name too long)" in refusal(("--json", long))
    assert "cannot be reached (file name too long)" in refusal(("--report", long / "index.html"))


def test_a_folder_one_may_not_enter_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever runs the tests as root may enter every folder.
    shut, look = tmp_path / "shut", Path.stat

    def guarded(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if shut in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return look(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", guarded)
    assert refusal(("--json", shut / "a")) == (
        f"{shut / 'a'}: cannot be reached (permission denied), expected a place of yours"
    )


def test_a_folder_one_may_not_write_in_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert refusal(("--json", tmp_path / "a")) == (
        f"{tmp_path}: cannot be written to, expected a folder of yours"
    )
