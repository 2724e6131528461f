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

    def test_embedded_metrics(self):
        self.function({"print": [EMBEDDED, '{"_aws": 1}', "_aws"]})
        self.aws.client("lambda").invoke(FunctionName="f")
        self.assertEqual(self.metric("Rows", "own"), {"Sum": 7, "SampleCount": 1})
        self.assertEqual(self.metric("Times", "own"), {"Sum": 7, "SampleCount": 3})


if __name__ == "__main__":
    sys.exit(unittest.main())
