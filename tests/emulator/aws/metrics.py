"""CloudWatch: what AWS measures by itself, and how it answers.

Facts [CloudWatch API Reference, GetMetricData; CloudWatch User Guide, "CloudWatch search expression
syntax"; Kinesis Data Streams Developer Guide, "Monitoring with CloudWatch"; Lambda Developer Guide, "Types of
metrics for Lambda functions"]:

- In the JSON protocol a time is a number of seconds since 1970.
- SEARCH finds all metrics of a namespace with exactly the dimensions that it names; values in double quotes
  are compared whole. Each that is found is a result with the id of the query.
- A stream counts IncomingRecords and IncomingBytes, whoever writes, and GetRecords.Records, whoever reads.
- A function has ConcurrentExecutions, and so has the account as a whole.

Unlike on AWS, all of it is known at once.
"""

import json
import re
import threading
from datetime import datetime

from ministack.core.responses import json_response
from ministack.services import cloudwatch, kinesis, lambda_svc

from .common import succeeded

EXPRESSION = re.compile(r"SEARCH\('\{([^}]*)\}([^']*)', *'(\w+)'(?:, *(\d+))?\)")
TERM = re.compile(r'(\w+) *= *"([^"]*)"')


def seconds(time):
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() if isinstance(time, str) else time


def matches(query):
    """The queries that a search stands for, with its id."""
    schema, terms, statistic, period = EXPRESSION.fullmatch(query["Expression"]).groups()
    namespace, *names = [part.strip() for part in schema.split(",")]
    wanted = dict(TERM.findall(terms))
    metric = wanted.pop("MetricName", None)
    for space, name, key in list(cloudwatch._metrics):
        dimensions = dict(part.split("=", 1) for part in key.split("|") if part)
        if space == namespace and name == (metric or name) and sorted(dimensions) == sorted(names) \
                and wanted.items() <= dimensions.items():
            yield {"Id": query["Id"], "MetricStat": {
                "Metric": {"Namespace": space, "MetricName": name,
                           "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()]},
                "Period": int(period or query.get("Period") or 60), "Stat": statistic}}


def searching(get):
    def got(params, data, is_cbor, is_json=False):
        if not is_json:
            return get(params, data, is_cbor, is_json)
        queries = []
        for query in data.get("MetricDataQueries", []):
            is_search = str(query.get("Expression", "")).startswith("SEARCH(")
            queries += matches(query) if is_search else [query]
        answer = get(params, {**data, "MetricDataQueries": queries}, is_cbor, is_json)
        if not succeeded(answer):
            return answer
        results = json.loads(answer[2])["MetricDataResults"]
        for result in results:
            pairs = list(zip(map(seconds, result["Timestamps"]), result["Values"]))
            pairs.sort(reverse=data.get("ScanBy", "TimestampDescending") == "TimestampDescending")
            result["Timestamps"] = [time for time, _ in pairs]
            result["Values"] = [value for _, value in pairs]
        return json_response({"MetricDataResults": results, "Messages": []})

    return got


def measure(stream, name, value, unit="Count"):
    cloudwatch.record_metric("AWS/Kinesis", name, value, unit, {"StreamName": stream})


def name_of(data):
    name, _ = kinesis._resolve_stream(data)
    return name


def incoming(stream, sizes):
    if sizes:
        measure(stream, "IncomingRecords", len(sizes))
        measure(stream, "IncomingBytes", sum(sizes), "Bytes")


def putting(put, records_of):
    """A call that writes records."""
    def done(data):
        answer = put(data)
        if succeeded(answer):
            failed = json.loads(answer[2]).get("Records", [])
            records = records_of(data)
            taken = [r for r, said in zip(records, failed or [{}] * len(records)) if "ErrorCode" not in said]
            incoming(name_of(data), [len(r.get("Data", "")) * 3 // 4 for r in taken])
        return answer

    return done


def putting_inside(put):
    """What other services write."""
    def done(arn, partition_key, data, *arguments, **options):
        result = put(arn, partition_key, data, *arguments, **options)
        incoming(arn.rsplit("/", 1)[-1], [len(data)])
        return result

    return done


def reading(get):
    def got(data):
        state = kinesis._shard_iterators.get(data.get("ShardIterator"))
        answer = get(data)
        if succeeded(answer) and state:
            measure(state["stream"], "GetRecords.Records", len(json.loads(answer[2])["Records"]))
        return answer

    return got


class Executions:
    """How many there are of each function."""

    def __init__(self):
        self.lock, self.counts = threading.Lock(), {}

    def change(self, name, by):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + by
            return self.counts[name]

    def counting(self, execute):
        def executed(function, event):
            name = function["config"]["FunctionName"]
            count = self.change(name, 1)
            cloudwatch.record_metric("AWS/Lambda", "ConcurrentExecutions", count, "Count", {"FunctionName": name})
            try:
                return execute(function, event)
            finally:
                self.change(name, -1)

        return executed


def correct(_settings):
    cloudwatch._get_metric_data = searching(cloudwatch._get_metric_data)
    kinesis._put_record = putting(kinesis._put_record, lambda data: [data])
    kinesis._put_records = putting(kinesis._put_records, lambda data: data["Records"])
    kinesis.put_record_internal = putting_inside(kinesis.put_record_internal)
    kinesis._get_records = reading(kinesis._get_records)
    lambda_svc._execute_function = Executions().counting(lambda_svc._execute_function)
