"""What the emulator measures and how it tells; aws/metrics.py names the facts."""

import sys
import time
import unittest
from datetime import timezone

import packages

packages.require("botocore", "ministack")
from scripted import Case

MINUTE = 60


class Metrics(Case):
    def query(self, *queries, order="TimestampDescending"):
        """{id: [(time, value)]}, of the last hour and the coming minute."""
        now = time.time()
        answer = self.aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": f"q{i}", **query} for i, query in enumerate(queries)],
            StartTime=now - 3600, EndTime=now + MINUTE, ScanBy=order)
        found = {}
        for result in answer["MetricDataResults"]:
            found.setdefault(result["Id"], []).append(
                [(t.astimezone(timezone.utc).timestamp(), v)
                 for t, v in zip(result["Timestamps"], result["Values"])])
        return found

    def total(self, namespace, name, dimension, value, statistic="Sum"):
        series = self.query({"MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name,
                       "Dimensions": [{"Name": dimension, "Value": value}]},
            "Period": MINUTE, "Stat": statistic}})["q0"][0]
        values = [v for _, v in series]
        return max(values, default=None) if statistic == "Maximum" else sum(values)

    def of_stream(self, name):
        return self.total("AWS/Kinesis", name, "StreamName", "s")

    def test_records_of_a_stream(self):
        self.stream()
        self.put("a", "bc")
        self.aws.client("kinesis").put_record(StreamName="s", PartitionKey="k", Data=b"def")
        self.assertEqual((self.of_stream("IncomingRecords"), self.of_stream("IncomingBytes")), (3, 9))
        self.assertEqual(self.of_stream("GetRecords.Records"), 0)
        self.assertEqual(len(self.records()), 3)
        self.assertEqual(self.of_stream("GetRecords.Records"), 3)

    def test_records_of_a_table_and_a_mapping(self):
        arn = self.stream()
        dynamodb = self.aws.client("dynamodb")
        dynamodb.create_table(TableName="table", BillingMode="PAY_PER_REQUEST",
                              KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                              AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
        dynamodb.enable_kinesis_streaming_destination(TableName="table", StreamArn=arn)
        self.eventually(lambda: dynamodb.describe_kinesis_streaming_destination(TableName="table")[
            "KinesisDataStreamDestinations"][0]["DestinationStatus"] == "ACTIVE")
        dynamodb.put_item(TableName="table", Item={"k": {"S": "x"}})
        self.assertEqual(self.of_stream("IncomingRecords"), 1)
        self.function({"return": None})
        self.mapping(arn)
        self.eventually(lambda: self.of_stream("GetRecords.Records") == 1)
        self.eventually(lambda: self.total("AWS/Lambda", "ConcurrentExecutions", "FunctionName", "f",
                                           "Maximum") == 1)

    def test_search(self):
        put = self.aws.client("cloudwatch").put_metric_data
        for dimensions, value in (({"T": "t", "D": "x"}, 1), ({"T": "t", "D": "y"}, 2), ({"T": "tt", "D": "x"}, 4),
                                  ({"T": "t"}, 8)):
            put(Namespace="N", MetricData=[{"MetricName": "M", "Value": value, "Dimensions": [
                {"Name": n, "Value": v} for n, v in dimensions.items()]}])
        found = self.query({"Expression": "SEARCH('{N,T,D} MetricName=\"M\" T=\"t\"', 'Sum', 60)"})
        self.assertEqual(sorted(series[0][1] for series in found["q0"]), [1, 2])
        self.assertEqual(self.query({"Expression": "SEARCH('{N,T} MetricName=\"none\"', 'Sum', 60)"}), {})

    def test_order_and_times(self):
        now = int(time.time()) // MINUTE * MINUTE
        for ago in (10, 5, 0):
            self.aws.client("cloudwatch").put_metric_data(Namespace="N", MetricData=[
                {"MetricName": "M", "Value": ago, "Timestamp": now - ago * MINUTE}])
        query = {"MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": MINUTE, "Stat": "Sum"}}
        expected = [(now - ago * MINUTE, ago) for ago in (0, 5, 10)]
        self.assertEqual(self.query(query)["q0"][0], expected)
        self.assertEqual(self.query(query, order="TimestampAscending")["q0"][0], expected[::-1])


if __name__ == "__main__":
    sys.exit(unittest.main())
