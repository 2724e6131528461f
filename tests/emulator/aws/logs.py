"""CloudWatch Logs: what arrives is seen by live tails and becomes metrics, and is found page by page.

Facts [CloudWatch Logs API Reference, StartLiveTail, FilterLogEvents; CloudWatch User Guide,
"Specification: Embedded metric format"]: a live tail gets all events of its groups, those of functions as
well. An event that is a JSON object with `_aws.CloudWatchMetrics` becomes metrics: for each set of
dimensions each named metric with the value, or values, of the member of that name. FilterLogEvents
gives every event an id, orders those of all streams by their time, and answers in pages of at most 10,000
events and 1 MB, of which any but the last has a token. Patterns: log_patterns.py.
"""

import asyncio
import base64
import contextvars
import itertools
import json
import time
import uuid

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from . import log_patterns, roles

PAGE_EVENTS, PAGE_BYTES = 10000, 1 << 20


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


def with_ids(append):
    """Functions' lines have none. The order of arrival decides between those of one time."""
    numbers = itertools.count()

    def appended(stream, events):
        append(stream, [{"eventId": uuid.uuid4().hex, "number": next(numbers), **event} for event in events])

    return appended


def place(event):
    return event["timestamp"], event["ingestionTime"], event["number"]


def found_events(group, data):
    """What the request asks for, in its order."""
    matches = log_patterns.matcher(data.get("filterPattern"))
    names, prefix = data.get("logStreamNames"), data.get("logStreamNamePrefix", "")
    begin, end = data.get("startTime", 0), data.get("endTime", float("inf"))
    found = []
    for name, stream in list(group["streams"].items()):
        if (names is None or name in names) and name.startswith(prefix):
            found += [{**event, "logStreamName": name} for event in list(stream["events"])
                      if begin <= event["timestamp"] <= end and matches(event["message"])]
    return sorted(found, key=place)


def page_of(events, limit):
    """How many go onto a page."""
    size = 0
    for count, event in enumerate(events):
        size += len(event["message"].encode()) + 26
        if count == limit or (count and size > PAGE_BYTES):
            return count
    return len(events)


def filter_log_events(data):
    group = cloudwatch_logs._log_groups.get(cloudwatch_logs._resolve_log_group_name(data))
    if group is None:
        return error_response_json("ResourceNotFoundException", "The specified log group does not exist.", 400)
    try:
        events = found_events(group, data)
    except log_patterns.Unknown:
        return error_response_json("InvalidParameterException", "Invalid filter pattern", 400)
    if "nextToken" in data:
        last = tuple(json.loads(base64.b64decode(data["nextToken"])))
        events = [event for event in events if place(event) > last]
    count = page_of(events, min(data.get("limit", PAGE_EVENTS), PAGE_EVENTS))
    page = [{name: value for name, value in event.items() if name != "number"} for event in events[:count]]
    answer = {"events": page, "searchedLogStreams": []}
    if count < len(events):
        answer["nextToken"] = base64.b64encode(json.dumps(place(events[count - 1])).encode()).decode()
    return json_response(answer)


def pattern_finds(pattern, message):
    return log_patterns.matcher(pattern)(message or "")


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
    cloudwatch_logs._append_log_events = with_ids(cloudwatch_logs._append_log_events)
    cloudwatch_logs._filter_log_events = filter_log_events
    cloudwatch_logs._subscription_pattern_matches = pattern_finds
    cloudwatch_logs._start_live_tail = arrivals.start_tail
    cloudwatch_logs._fanout_to_subscription_filters = arrivals.arrive
    cloudwatch_logs._fanout_to_live_tail_sessions = lambda *_: None  # arrive() has done it
