"""CloudWatch Logs: what arrives is seen by live tails and becomes metrics.

Facts [CloudWatch Logs API Reference, StartLiveTail; CloudWatch User Guide, "Specification: Embedded
metric format"]: a live tail gets all events of its groups, those of functions as well. An event that is
a JSON object with `_aws.CloudWatchMetrics` becomes metrics: for each set of dimensions each named
metric with the value, or values, of the member of that name.
"""

import asyncio
import contextvars
import json
import time

from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from . import roles


def directives_of(message):
    """The object, and what it says about metrics."""
    if "_aws" not in message:
        return {}, []
    try:
        event = json.loads(message)
        return event, event["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return {}, []


def record_metrics(message):
    event, directives = directives_of(message)
    for directive in directives:
        for names in directive["Dimensions"]:
            dimensions = {name: str(event[name]) for name in names}
            for metric in directive["Metrics"]:
                values = event.get(metric["Name"], [])
                for value in values if isinstance(values, list) else [values]:
                    cloudwatch.record_metric(directive["Namespace"], metric["Name"], value,
                                             metric.get("Unit", "None"), dimensions)


class Arrivals:
    """Sees all events that arrive: MiniStack hands all of them to its subscription filters."""

    def __init__(self, to_filters, to_tails, start_tail):
        self.to_filters, self.to_tails, self.start_tail_session = to_filters, to_tails, start_tail
        self.loop = None  # the server's, on which the sessions run

    def start_tail(self, data):
        self.loop = asyncio.get_running_loop()
        return self.start_tail_session(data)

    def arrive(self, group, stream, events):
        for event in events:
            record_metrics(event["message"])
        now_ms = int(time.time() * 1000)
        stored = [{"ingestionTime": now_ms, "timestamp": now_ms, **event} for event in events]
        if self.loop:
            context = contextvars.copy_context()
            self.loop.call_soon_threadsafe(context.run, self.to_tails, group, stream, stored)
        self.to_filters(group, stream, events)


def if_permitted(write):
    """Writes a function's log if its role may."""
    def written(function, *arguments, **options):
        config = function["config"]
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        if roles.may_log(config["Role"], group):
            write(function, *arguments, **options)

    return written


def correct(settings):
    lambda_svc._emit_lambda_logs = if_permitted(lambda_svc._emit_lambda_logs)
    arrivals = Arrivals(cloudwatch_logs._fanout_to_subscription_filters,
                        cloudwatch_logs._fanout_to_live_tail_sessions,
                        cloudwatch_logs._start_live_tail)
    cloudwatch_logs._start_live_tail = arrivals.start_tail
    cloudwatch_logs._fanout_to_subscription_filters = arrivals.arrive
    cloudwatch_logs._fanout_to_live_tail_sessions = lambda *_: None  # arrive() has done it
