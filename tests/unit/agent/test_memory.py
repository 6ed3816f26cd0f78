from envivo_agent import memory


def test_memory_is_that_of_this_process() -> None:
    before = memory.resident()
    held = b"\1" * 64_000_000
    assert memory.resident() - before > 0.9 * len(held)
