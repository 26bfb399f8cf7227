"""The clock: what runs when, and what does not wait for its minute."""

import pytest

from tasks import clock
from tasks.broker import broker


def test_what_a_new_version_changed_is_finished_as_soon_as_the_clock_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(broker, "enqueue", lambda message: sent.append(message.actor_name))

    clock.make_up()

    assert sent == list(clock.AT_START)
    assert set(sent) <= set(clock.SCHEDULE)
