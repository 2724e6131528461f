"""What the emulator makes of log lines; aws/logs.py names the facts."""

import json
import sys
import unittest

import packages

packages.require("botocore", "ministack")
from scripted import Case

EMBEDDED = json.dumps({
    "_aws": {"Timestamp": 1, "CloudWatchMetrics": [{
        "Namespace": "own", "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "Rows", "Unit": "Count"}, {"Name": "Times", "Unit": "Milliseconds"}]}]},
    "FunctionName": "f", "Rows": 7, "Times": [1, 2, 4]})


class Logs(Case):
    def test_live_tail_of_a_function(self):
        self.function({"print": ["something", "said"]})
        logs = self.aws.client("logs")
        logs.create_log_group(logGroupName="/aws/lambda/f")
        group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/f"
        events = iter(logs.start_live_tail(logGroupIdentifiers=[group])["responseStream"])
        self.assertIn("sessionStart", next(events))
        self.aws.client("lambda").invoke(FunctionName="f")
        logs.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="own")
        logs.put_log_events(logGroupName="/aws/lambda/f", logStreamName="own",
                            logEvents=[{"timestamp": 1, "message": "put"}])
        seen = []
        while "put" not in seen:
            seen += [r["message"] for r in next(events)["sessionUpdate"]["sessionResults"]]
        self.assertEqual([line for line in seen if "RequestId" not in line], ["something", "said", "put"])

    def put(self, stream, lines, at=1000):
        """Lines of consecutive times."""
        logs = self.aws.client("logs")
        logs.create_log_stream(logGroupName="g", logStreamName=stream)
        for i in range(0, len(lines), 10000):
            logs.put_log_events(logGroupName="g", logStreamName=stream, logEvents=[
                {"timestamp": at + i + j, "message": line} for j, line in enumerate(lines[i:i + 10000])])

    def pages(self, **parameters):
        """The lines of each page."""
        pages, token = [], {}
        while True:
            page = self.aws.client("logs").filter_log_events(logGroupName="g", **parameters, **token)
            pages.append([event["message"] for event in page["events"]])
            if "nextToken" not in page:
                return pages
            token = {"nextToken": page["nextToken"]}

    def test_pages(self):
        logs = self.aws.client("logs")
        logs.create_log_group(logGroupName="g")
        self.put("a", [f"a{i}" for i in range(6000)])
        self.put("b", [f"b{i}" for i in range(6000)])
        found = self.pages()
        self.assertEqual([len(page) for page in found], [10000, 2000])
        self.assertEqual(found[0][:4], ["a0", "b0", "a1", "b1"])
        self.assertEqual(len(set(sum(found, []))), 12000)
        self.assertEqual(self.pages(startTime=1002, endTime=1003), [["a2", "b2", "a3", "b3"]])
        self.assertEqual(self.pages(logStreamNamePrefix="b", limit=3, endTime=1004), [["b0", "b1", "b2"], ["b3", "b4"]])
        self.put("c", ["x" * 200000] * 8, 100000)
        self.assertEqual([len(page) for page in self.pages(startTime=100000)], [5, 3])
        ids = [event["eventId"] for event in logs.filter_log_events(logGroupName="g")["events"]]
        self.assertEqual(len(set(ids)), 10000)

    def test_patterns(self):
        self.aws.client("logs").create_log_group(logGroupName="g")
        lines = ['say "a b" c\\d', "a c", "A", '{"level": "ERROR", "x": {"y": "z"}}', "b 42"]
        self.put("s", lines)
        for pattern, wanted in [
                ("", [0, 1, 2, 3, 4]), ("a", [0, 1]), ('"a b"', [0]), ('"\\"a b\\" c"', [0]), ('"c\\\\d"', [0]),
                ("a c", [0, 1]), ("?A ?42", [2, 4]), ("-a", [2, 3, 4]), ("%b.4[0-9]%", [4]), ("A", [2]),
                ('{ $.level = "ERROR" }', [3]), ('{$.x.y != "z"}', []), ('"a b" -say', [])]:
            self.assertEqual(self.pages(filterPattern=pattern), [[lines[i] for i in wanted]], pattern)
        with self.assertRaisesRegex(Exception, "InvalidParameterException"):
            self.pages(filterPattern="{ what }")

    def test_lines_of_functions_have_ids(self):
        self.function({"print": ["same", "same"]})
        self.aws.client("lambda").invoke(FunctionName="f")
        events = self.aws.client("logs").filter_log_events(logGroupName="/aws/lambda/f", filterPattern="same")["events"]
        self.assertEqual(len({event["eventId"] for event in events}), 2)

    def test_embedded_metrics(self):
        self.function({"print": [EMBEDDED, '{"_aws": 1}', "_aws"]})
        self.aws.client("lambda").invoke(FunctionName="f")
        self.assertEqual(self.metric("Rows", "own"), {"Sum": 7, "SampleCount": 1})
        self.assertEqual(self.metric("Times", "own"), {"Sum": 7, "SampleCount": 3})


if __name__ == "__main__":
    sys.exit(unittest.main())
