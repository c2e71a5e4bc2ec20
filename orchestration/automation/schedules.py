"""The nightly schedule."""

from dagster import (
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    schedule,
)

from orchestration.automation.jobs import nightly_job


def nightly_schedule(cron: str) -> ScheduleDefinition:
    """Return the schedule that starts the nightly job.

    Args:
        cron: When, in UTC.
    """

    @schedule(name="nightly", job=nightly_job, cron_schedule=cron, execution_timezone="UTC")
    def nightly(context: ScheduleEvaluationContext) -> RunRequest:
        day = context.scheduled_execution_time.date().isoformat()
        return RunRequest(run_key=day, partition_key=day)

    return nightly
