import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from valuechain.errors import ExitCode, OutputError, OutputExistsError
from valuechain.io import atomic
from valuechain.io.atomic import write_bytes_atomic, write_folder_atomic, write_text_atomic


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_text_atomic(tmp_path / "a.txt", "é\n")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").read_bytes() == "é\n".encode()
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644
    assert names(tmp_path) == ["a.txt"]


def test_a_file_is_kept_unless_forced_and_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    with pytest.raises(OutputExistsError, match="say --force") as caught:
        write_text_atomic(target, "new")
    assert caught.value.exit_code == ExitCode.USAGE
    assert target.read_text() == "old"
    write_text_atomic(target, "new", force=True)
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_text_atomic(tmp_path / "link", "new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to() -> None:
    write_bytes_atomic("/dev/null", b"gone")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(("name", "said"), [("", "is a folder"), ("no/such/a.txt", "make the folder first")])
def test_what_cannot_be_written_says_why(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(OutputError, match=said) as caught:
        write_text_atomic(tmp_path / name, "x")
    assert caught.value.exit_code == ExitCode.FAILED
    assert names(tmp_path) == []


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_text_atomic(tmp_path / "a.txt", "new", force=True)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def is_old(name: str) -> bool:
    return name.endswith(".csv") or name == "last"


NEW = [("a.csv", b"new a"), ("c.csv", b"new c"), ("last", b"new")]


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    write_folder_atomic(tmp_path / "net", NEW, is_old)
    assert names(tmp_path / "net") == ["a.csv", "c.csv", "last"]
    assert names(tmp_path) == ["net"]


def test_no_folder_appears_when_content_cannot_be_made(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, bytes]]:
        yield "a.csv", b"a"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder_atomic(tmp_path / "net", broken(), is_old)
    assert names(tmp_path) == []


@pytest.fixture
def existing(tmp_path: Path) -> Path:
    folder = tmp_path / "net"
    (folder / "scenarios").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "last", "README.md"):
        (folder / name).write_text("old")
    return folder


def test_other_files_of_an_existing_folder_stay(existing: Path) -> None:
    write_folder_atomic(existing, NEW, is_old)
    assert names(existing) == ["README.md", "a.csv", "c.csv", "last", "scenarios"]
    assert (existing / "a.csv").read_text() == "new a"
    assert (existing / "README.md").read_text() == "old"


@pytest.mark.parametrize("fails_at", range(6))
def test_a_failed_exchange_brings_everything_back(
    existing: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    moved = Path.rename
    count = 0

    def rename(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == fails_at + 1:
            raise OSError(5, "Input/output error")
        return moved(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError, match="Input/output error"):
        write_folder_atomic(existing, NEW, is_old)
    assert names(existing) == ["README.md", "a.csv", "b.csv", "last", "scenarios"]
    assert {p.read_text() for p in existing.iterdir() if p.is_file()} == {"old"}


def test_a_dead_process_leaves_no_mixture_and_the_old_files(existing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Path.rename
    seen: list[bool] = []

    def rename(self: Path, target: Path) -> Path:
        result = moved(self, target)
        texts = {p.name: p.read_text() for p in existing.iterdir() if p.is_file() and is_old(p.name)}
        # While old and new could be mixed, the file that makes the folder valid is not there.
        seen.append("last" not in texts or all(text.startswith("new") for text in texts.values()))
        return result

    monkeypatch.setattr(Path, "rename", rename)
    write_folder_atomic(existing, NEW, is_old)
    assert len(seen) == 6
    assert all(seen)


def test_the_old_files_stay_when_they_cannot_be_brought_back(existing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name == "c.csv" or self.parent.name == "old":
            raise OSError(5, "Input/output error")
        return moved(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OutputError):
        write_folder_atomic(existing, NEW, is_old)
    kept = next(p for p in existing.iterdir() if p.name.startswith(atomic.STAGE_PREFIX))
    assert names(kept / "old") == ["a.csv", "b.csv", "last"]


def test_a_folder_needs_a_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        write_folder_atomic(tmp_path / "file", NEW, is_old)
    with pytest.raises(OutputError, match="does not exist; make it first"):
        write_folder_atomic(tmp_path / "no" / "net", NEW, is_old)


def test_a_large_file_is_written_by_a_function(tmp_path: Path) -> None:
    files = [("large", lambda path: path.write_bytes(b"x" * 10)), ("last", b"y")]
    write_folder_atomic(tmp_path / "new", files, lambda _: False)
    assert (tmp_path / "new" / "large").read_bytes() == b"x" * 10
    assert names(tmp_path) == ["new"]
    assert names(tmp_path / "new") == ["large", "last"]
