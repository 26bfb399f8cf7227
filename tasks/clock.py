"""The clock: the one table of what runs when, and the process that sends it to the queue.

A periodic task finds its work in the database, so one that was missed is made up by the next.
"""

import logging
from types import SimpleNamespace

import periodiq

SCHEDULE: dict[str, str] = {
    "blacklist.expire_due": "*/10 * * * *",
    "blacklist.mark_overdue": "3-59/10 * * * *",
    "publication.refresh": "41 * * * *",
    "publication.cosign_due": "4-59/10 * * * *",
    "consumers.mark_stale": "8-59/10 * * * *",
    "core.sweep": "17 * * * *",
    "evidence.sweep": "* * * * *",
    "evidence.reconcile": "40 18 * * *",
    "evidence.anchor": "20 18 * * *",
    "evidence.destroy_expired": "10 19 * * *",
    "identity.purge": "23 * * * *",
    "identity.flush_usage": "*/5 * * * *",
    "hazards.mark_overdue": "*/10 * * * *",
    "register.complete_search": "47 * * * *",
    "register.sweep_files": "30 18 * * *",
    "overview.repair": "50 17 * * *",
    "hazards.rank": "10 17 * * *",
    "risks.mark_review_due": "33 * * * *",
    "indicators.measure_month": "7 * * * *",
    "responsibility.withdraw_closed": "*/10 * * * *",
    "supervision.mark_overdue": "5-59/10 * * * *",
    "routine_checks.generate": "*/15 * * * *",
    "inspections.mark_due": "*/10 * * * *",
    "deadlines.refresh": "27 * * * *",
    "guidance.warn": "20 * * * *",
    "training.warn_cards": "35 * * * *",
    "standardisation.follow": "38 * * * *",
    "assets.follow": "52 * * * *",
    "reports.mark_due": "28 * * * *",
    "duties.generate": "5 * * * *",
    "assessments.plan": "8 * * * *",
    "case_reviews.follow": "43 * * * *",
    "joint.recount_teams": "56 * * * *",
    "webhooks.sweep": "20 18 * * *",
}
"""Task → cron line in UTC.  Minutes are the finest step."""

AT_START = ("publication.refresh", "register.complete_search")
"""Tasks that finish what a new version changed in what is stored; none waits for its minute."""


def make_up() -> None:
    """Send the tasks of `AT_START`, which are as harmless twice as at their minute."""
    from tasks import registry  # the table above must exist before actors read it
    from tasks.broker import broker

    registry.load()
    for task in AT_START:
        broker.enqueue(broker.get_actor(task).message())


def main() -> int:
    """Schedule until killed; the supervisor starts it again when the queue goes away."""
    logging.basicConfig(level=logging.WARNING)
    make_up()
    return int(
        periodiq.main(SimpleNamespace(verbose=0, path=[], broker="tasks.broker:broker", modules=[]))
    )


if __name__ == "__main__":
    raise SystemExit(main())
