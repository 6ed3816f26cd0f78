"""When what ended pipelines keep is reason for a new start."""

import mmap
import os
from pathlib import Path

import pytest
from envivo_agent import memory

MB = 1_000_000


def test_memory_is_that_of_this_process() -> None:
    before = memory.own()
    held = b"\1" * 64_000_000
    assert memory.own() - before > 0.9 * len(held)


def test_files_and_libraries_are_not_counted(tmp_path: Path) -> None:
    """Drivers of encoders bring hundreds of megabytes."""
    file = tmp_path / "library"
    file.write_bytes(b"\1" * 64_000_000)
    before = memory.own()
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert sum(mapped[:: mmap.PAGESIZE])
        assert memory.own() - before < 16 * MB


def test_descriptors_are_counted() -> None:
    before = memory.descriptors()
    opened = [os.open("/", os.O_RDONLY) for _ in range(20)]
    assert memory.descriptors() == before + 20
    for one in opened:
        os.close(one)
    assert memory.allowed() > before


@pytest.mark.parametrize(
    ("looks", "much"),
    [
        ([(60 * MB, 30)], ""),
        ([(400 * MB, 30), (420 * MB, 30), (520 * MB, 30)], ""),
        ([(60 * MB, 30), (249 * MB, 30)], ""),
        ([(60 * MB, 30), (251 * MB, 30)], "memory"),
        ([(200 * MB, 30), (320 * MB, 30), (329 * MB, 30)], "memory"),
        ([(60 * MB, 700), (60 * MB, 900)], ""),
        ([(60 * MB, 30), (60 * MB, 512)], ""),
        ([(60 * MB, 30), (60 * MB, 513)], "file descriptors"),
    ],
)
def test_a_new_start_is_due_where_pipelines_keep_much_that_it_gives_back(
    looks: list[tuple[int, int]], much: str
) -> None:
    """A driver that takes much at once would take it again: that start would be the first of many."""
    kept = memory.Kept()
    assert [kept.too_much(held, opened, 1024) for held, opened in looks][-1] == much
