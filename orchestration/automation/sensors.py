"""The sensor that notices failed runs."""

from dagster import (
    DefaultSensorStatus,
    RunFailureSensorContext,
    SensorDefinition,
    run_failure_sensor,
)
from pydantic import SecretStr

from orchestration.automation.alerts import alert, failure_message, post
from orchestration.automation.jobs import backfill_job, nightly_job


def failure_sensor(address: SecretStr) -> SensorDefinition:
    """Return the sensor that tells of failed runs.

    Args:
        address: Webhook that takes a JSON message; empty for none.
    """

    @run_failure_sensor(
        name="failed_runs",
        monitored_jobs=[nightly_job, backfill_job],
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells of failed runs in the log and, when TENURE_ALERT_WEBHOOK_URL is set, there.",
    )
    def failed_runs(context: RunFailureSensorContext) -> None:
        message = failure_message(
            job=context.dagster_run.job_name,
            run_id=context.dagster_run.tags.get("tenure/run_id", context.dagster_run.run_id),
            error=context.failure_event.message or "",
        )
        context.log.error(message["text"])
        problem = alert(address, message, post)
        if problem:
            context.log.error(problem)

    sensor: SensorDefinition = failed_runs
    return sensor
