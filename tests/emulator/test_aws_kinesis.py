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


if __name__ == "__main__":
    sys.exit(unittest.main())
