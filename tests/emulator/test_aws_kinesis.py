"""The emulator's streams; aws/kinesis.py names the facts."""

import sys
import unittest

import packages

packages.require("botocore", "ministack")
from botocore.exceptions import ClientError
from scripted import LONG_S, Case


class Streams(Case):
    def test_creating_then_active(self):
        kinesis = self.aws.client("kinesis")
        self.aws.set("seconds", LONG_S)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        self.assertEqual(self.status_of_stream("s"), "CREATING")
        with self.assertRaises(ClientError) as caught:
            kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceInUseException")
        self.aws.set("seconds", 0)
        self.eventually(lambda: self.status_of_stream("s") == "ACTIVE")
        kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")

    def test_sequence_numbers(self):
        self.stream()
        numbers = self.put("a", "b") + self.put("c")
        self.assertEqual({len(number) for number in numbers}, {56})
        self.assertEqual(sorted(numbers), numbers)

    def shards(self):
        return {shard["ShardId"][-1]: shard for shard in self.aws.client("kinesis").list_shards(StreamName="s")["Shards"]}

    def open_shards(self):
        summary = self.aws.client("kinesis").describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
        closed = [n for n, s in self.shards().items() if "EndingSequenceNumber" in s["SequenceNumberRange"]]
        self.assertEqual(summary["OpenShardCount"], len(self.shards()) - len(closed))
        return "".join(sorted(set(self.shards()) - set(closed)))

    def test_resharding_keeps_what_is_there(self):
        self.stream()
        kinesis = self.aws.client("kinesis")
        self.put("old")
        kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2 ** 127))
        self.assertEqual(self.open_shards(), "12")
        with self.assertRaises(ClientError):
            kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey="1")
        self.put("new")
        kinesis.merge_shards(StreamName="s", ShardToMerge="shardId-000000000001",
                             AdjacentShardToMerge="shardId-000000000002")
        self.assertEqual(self.open_shards(), "3")
        self.assertEqual(self.shards()["3"]["AdjacentParentShardId"], "shardId-000000000002")
        kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        self.assertEqual(self.open_shards(), "45")
        self.assertEqual({self.shards()[n]["ParentShardId"][-1] for n in "45"}, {"3"})
        self.put("newer")
        self.assertEqual([record["Data"] for record in self.records()], [b"old", b"new", b"newer"])

    def test_end_of_a_closed_shard(self):
        self.stream()
        kinesis = self.aws.client("kinesis")
        self.put("a", "b")
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-000000000000",
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        answer = kinesis.get_records(ShardIterator=iterator, Limit=1)
        answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"])
        self.assertEqual([r["Data"] for r in answer["Records"]], [b"b"])
        self.assertNotIn("NextShardIterator", answer)


if __name__ == "__main__":
    sys.exit(unittest.main())
